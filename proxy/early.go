package proxy

import (
	"net/http"
	"sync"
)

// early are informational answers of Anton's, such as 103 Early Hints: they go to
// the app as they come. They say nothing of what becomes of the request, and are
// not recorded.
type early struct {
	mu   sync.Mutex
	pass func(status int, header http.Header) // nil: nobody takes them any more
}

// came passes one on. 100 and 101 are of the hop between Anton and us alone.
func (e *early) came(status int, header http.Header) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.pass == nil || status <= http.StatusSwitchingProtocols {
		return
	}
	for name := range header {
		if between(name) || name == "Content-Length" || name == "Transfer-Encoding" {
			delete(header, name)
		}
	}
	e.pass(status, header)
}

// end comes before the answer: the transport may still read.
func (e *early) end() {
	e.mu.Lock()
	e.pass = nil
	e.mu.Unlock()
}

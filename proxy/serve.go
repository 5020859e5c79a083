package proxy

import (
	"context"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/anton-payments/golive/proxy/recording"
)

func (p *Proxy) serveInner() {
	p.inner = &http.Server{
		Handler:                      http.HandlerFunc(p.serve),
		ReadHeaderTimeout:            patience,
		MaxHeaderBytes:               maxHead,
		ConnContext:                  withClient,
		ConnState:                    func(conn net.Conn, s http.ConnState) { clientOf(conn).moved(s) },
		ErrorLog:                     log.New(io.Discard, "", 0),
		DisableGeneralOptionsHandler: true,
	}
	go func() { _ = p.inner.Serve(p.arrivals) }()
}

// serve takes one request to Anton through goproxy's chain, and cuts the
// connection where the answer could not be whole.
func (p *Proxy) serve(w http.ResponseWriter, r *http.Request) {
	c := r.Context().Value(clientKey{}).(*client)
	x := p.open(c, r, r.Context())
	defer x.leave()
	if r.ProtoAtLeast(1, 1) {
		x.early.pass = func(status int, header http.Header) {
			maps.Copy(w.Header(), header)
			w.WriteHeader(status)
			clear(w.Header())
		}
	}
	inward := r.WithContext(context.WithValue(r.Context(), exchangeKey{}, x))
	inward.Header = maps.Clone(r.Header) // goproxy changes it
	if r.Method == http.MethodConnect {
		inward.Method = http.MethodOptions // no tunnel out of a tunnel: goproxy must not see one
	}
	p.goproxy.ServeHTTP(&outlet{w, x}, inward)
	if x.abort {
		panic(http.ErrAbortHandler)
	}
}

// open begins an exchange, and looks whether it may go up. app ends when the app
// hangs up.
func (p *Proxy) open(c *client, r *http.Request, app context.Context) *exchange {
	x := p.begin(c, r, app)
	x.stop = p.guard(c, r)
	if r.ContentLength == 0 {
		r.Body = http.NoBody
	}
	r.URL.Scheme, r.URL.Host, r.Host = x.record.Request.Scheme, c.host, c.host
	return x
}

// refusal is a request that does not go up.
type refusal struct {
	kind recording.FaultKind
	code int // HTTP status
	word string
	text string
}

// guard finds what forbids a request to be forwarded; nil: nothing.
func (p *Proxy) guard(c *client, r *http.Request) *refusal {
	refuse := func(code int, word, text string) *refusal {
		return &refusal{recording.FaultRefused, code, word, text}
	}
	asked := hostname(r.Host)
	other := p.foreignKey(c.host, r)
	switch {
	case c.trap != "":
		return &refusal{c.trap, http.StatusForbidden, "certificate_accepted", trapWords[c.trap] + ", and the app sent its request all the same"}
	case r.Method == "PRI":
		return refuse(http.StatusHTTPVersionNotSupported, "http2_not_agreed", "HTTP/2 on a connection for which HTTP/1.1 was agreed")
	case r.Method == http.MethodConnect:
		return refuse(http.StatusMethodNotAllowed, "tunnel_in_tunnel", "CONNECT inside a connection to Anton")
	case c.plain:
		return refuse(http.StatusForbidden, "https_required", "plain http to Anton; use https")
	case !p.meant(c, asked):
		return refuse(http.StatusMisdirectedRequest, "misdirected_request", "the connection is for "+c.host+", the Host header says "+asked)
	case c.host != p.served:
		return refuse(http.StatusForbidden, "wrong_environment", "this run stands in for "+p.served+", not for "+c.host)
	case other != "":
		return refuse(http.StatusForbidden, "wrong_key", "a key that begins with "+other+" does not belong to "+c.host)
	}
	return nil
}

var trapWords = map[recording.FaultKind]string{
	recording.FaultUntrusted: "the certificate was from an unknown authority",
	recording.FaultWrongHost: "the certificate was for another host",
	recording.FaultExpired:   "the certificate had expired",
}

// meant reports whether the Host header names who the connection is for.
func (p *Proxy) meant(c *client, asked string) bool {
	if c.base && (asked == "localhost" || net.ParseIP(asked).IsLoopback()) {
		return true
	}
	return asked == c.host || asked == ""
}

// foreignKey is the beginning of a key of the environment that host is not,
// when one stands in the request's head.
func (p *Proxy) foreignKey(host string, r *http.Request) string {
	other := "ak_live_"
	if host == p.profile.Production {
		other = "ak_test_"
	}
	if strings.Contains(r.RequestURI, other) {
		return other
	}
	for _, values := range r.Header {
		for _, v := range values {
			if strings.Contains(v, other) {
				return other
			}
		}
	}
	return ""
}

// target is path and query as they were sent.
func target(r *http.Request) (path, query string) {
	if strings.HasPrefix(r.RequestURI, "/") || r.RequestURI == "*" {
		path, query, _ = strings.Cut(r.RequestURI, "?")
		return path, query
	}
	return r.URL.EscapedPath(), r.URL.RawQuery
}

// outlet is the way back to the app. Streams leave piece by piece and keep their
// framing; a short answer leaves in one write.
type outlet struct {
	http.ResponseWriter
	x *exchange
}

func (o *outlet) Unwrap() http.ResponseWriter { return o.ResponseWriter }

// Flush sends what is there.
func (o *outlet) Flush() { _ = http.NewResponseController(o.ResponseWriter).Flush() }

// WriteHeader sends the head of a stream at once: its length stays unknown.
func (o *outlet) WriteHeader(code int) {
	if o.x.client.isRetired() {
		o.Header().Set("Connection", "close")
	}
	if !o.x.sent.ended() { // else the server throws away what is still to be sent up
		_ = http.NewResponseController(o.ResponseWriter).EnableFullDuplex()
	}
	o.ResponseWriter.WriteHeader(code)
	if o.x.stream {
		o.Flush()
	}
}

func (o *outlet) Write(b []byte) (int, error) {
	n, err := o.ResponseWriter.Write(b)
	if o.x.stream && err == nil {
		o.Flush()
	}
	return n, err
}

// goal is where a request goes: the upstream's address, the path byte for byte.
func (p *Proxy) goal(x *exchange, r *http.Request) *url.URL {
	u := &url.URL{Scheme: p.to.URL.Scheme, Host: p.to.URL.Host, RawQuery: x.record.Request.Query}
	u.ForceQuery = r.URL.ForceQuery
	path := x.record.Request.Path
	if u.Scheme == "https" && path != "" && !strings.HasPrefix(path, "//") {
		u.Opaque = path
		return u
	}
	u.Path, u.RawPath = r.URL.Path, r.URL.RawPath
	return u
}

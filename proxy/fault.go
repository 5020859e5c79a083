package proxy

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/anton-payments/golive/proxy/recording"
)

// maxHang is how long a hanging request is held without a Cap.
const maxHang = 60 * time.Second

// Fault is a way to fail on purpose, and the requests it strikes. Requests that
// a guard refuses are never struck.
type Fault struct {
	Kind      recording.FaultKind
	Operation string        // "": any
	Route     string        // route name of the profile; "": any request to Anton
	Loose     bool          // only requests that belong to no exercise of the plan
	Times     int           // strikes, then passes; 0: until disarmed
	Answers   []Answer      // FaultStatus: the nth strike gives Answers[(n-1)%len]; none: an empty 503
	Cap       time.Duration // FaultHang: how long at most; 0: 60 s
	CutAt     int64         // FaultTruncate: bytes of the body that arrive; at least one is missing
	Pages     *Pages        // FaultPages
	Struck    func(n int)   // called when it strikes, after the request was read whole; may be nil
}

// Answer is an answer of ours. A body without a Content-Type is sent as JSON.
type Answer struct {
	Status int
	Header map[string]string
	Body   string
}

// Armed is a fault that waits for its requests.
type Armed struct {
	all   *faults
	fault Fault
	walk  *walk // FaultPages
	n     int   // strikes; under the lock of all
}

// faults are tried in the order in which they were armed.
type faults struct {
	mu    sync.Mutex
	armed []*Armed
}

// Arm sets a fault. Faults are tried in the order armed; the first that matches
// strikes.
func (p *Proxy) Arm(f Fault) *Armed {
	a := &Armed{all: &p.faults, fault: f}
	if f.Kind == recording.FaultPages {
		a.walk = newWalk(p.profile, f.Pages)
	}
	p.faults.mu.Lock()
	defer p.faults.mu.Unlock()
	p.faults.armed = append(p.faults.armed, a)
	return a
}

// Struck is how often the fault has struck.
func (a *Armed) Struck() int {
	a.all.mu.Lock()
	defer a.all.mu.Unlock()
	return a.n
}

// Disarm takes the fault away. A request that it holds already stays struck.
func (a *Armed) Disarm() {
	a.all.mu.Lock()
	defer a.all.mu.Unlock()
	a.all.armed = slices.DeleteFunc(a.all.armed, func(other *Armed) bool { return other == a })
}

// hit is one strike, the nth of its fault.
type hit struct {
	*Armed
	nth int
}

// strike finds the fault that is meant for a request and counts it; nil: none.
func (f *faults) strike(x *exchange) *hit {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, a := range f.armed {
		if a.meant(x) {
			a.n++
			return &hit{a, a.n}
		}
	}
	return nil
}

func (a *Armed) meant(x *exchange) bool {
	f := &a.fault
	if f.Times > 0 && a.n >= f.Times || f.Operation != "" && f.Operation != x.record.Operation {
		return false
	}
	if x := x.record.Exercise; f.Loose && x != "" && x != recording.ByHand {
		return false
	}
	if f.Kind == recording.FaultPages && x.record.Request.Method != http.MethodGet {
		return false
	}
	return f.Route == "" || f.Route == x.route.Name
}

// apply fails as the fault says. It returns the answer for the app, or panics
// with http.ErrAbortHandler when there is none.
func (h *hit) apply(x *exchange, r *http.Request) *http.Response {
	if err := x.drain(r); err != nil {
		x.cut(x.hungUp())
	}
	x.record.Fault = &recording.Interference{Kind: h.fault.Kind, Nth: h.nth}
	if h.fault.Struck != nil {
		h.fault.Struck(h.nth)
	}
	switch h.fault.Kind {
	case recording.FaultLostAnswer:
		return h.lose(x, r)
	case recording.FaultReset:
		return h.reset(x)
	case recording.FaultHang:
		return h.hang(x)
	case recording.FaultTruncate:
		return h.truncate(x, r)
	case recording.FaultPages:
		return h.page(x)
	}
	return h.status(x)
}

func (h *hit) status(x *exchange) *http.Response {
	a := Answer{Status: http.StatusServiceUnavailable}
	if n := len(h.fault.Answers); n > 0 {
		a = h.fault.Answers[(h.nth-1)%n]
	}
	header := http.Header{}
	if a.Body != "" {
		header = asJSON()
	}
	for name, value := range a.Header {
		header.Set(name, value)
	}
	x.record.Fault.Note = fmt.Sprintf("golive answered %d in Anton's place", a.Status)
	return x.answer(a.Status, header, []byte(a.Body))
}

// snap records an exchange without an answer and resets its connection, or its
// stream of one.
func (x *exchange) snap(why string) *http.Response {
	x.record.Error, x.record.Response = why, nil
	_ = x.write()
	x.client.sever(0)
	panic(http.ErrAbortHandler)
}

func (h *hit) reset(x *exchange) *http.Response {
	x.record.Fault.Note = "connection reset before Anton saw the request"
	return x.snap("connection reset by golive; Anton did not see the request")
}

// fetch asks Anton whatever the app does meanwhile, and keeps the answer as the
// one that the app does not see as it is.
func (x *exchange) fetch(r *http.Request) (*http.Response, error) {
	resp, err := x.ask(context.WithoutCancel(x.app), r)
	if err != nil {
		return nil, err
	}
	_, err = io.Copy(&x.got, resp.Body)
	_ = resp.Body.Close()
	if err == nil {
		x.got.end()
	}
	x.record.Upstream = response(resp.StatusCode, resp.Header, x.got.body())
	return resp, err
}

func (h *hit) lose(x *exchange, r *http.Request) *http.Response {
	resp, err := x.fetch(r)
	if resp == nil {
		x.record.Fault = nil
		return x.unanswered(err)
	}
	x.record.Fault.Note = fmt.Sprintf("Anton answered %d, golive reset the connection instead of passing it on", resp.StatusCode)
	return x.snap("connection reset by golive; the answer was lost")
}

func (h *hit) hang(x *exchange) *http.Response {
	limit := cmp.Or(h.fault.Cap, maxHang)
	over := time.NewTimer(limit)
	defer over.Stop()
	x.record.Fault.Note = "golive held the request back and gave no answer"
	why := "no answer within " + seconds(limit)
	select {
	case <-x.app.Done():
		why = x.hungUp()
	case <-x.p.ending:
		why = "no answer before the run ended"
	case <-over.C:
	}
	x.record.Error = why
	_ = x.write()
	x.client.sever(-1)
	panic(http.ErrAbortHandler)
}

// truncate lets the head and CutAt bytes of Anton's answer through.
func (h *hit) truncate(x *exchange, r *http.Request) *http.Response {
	resp, err := x.fetch(r)
	if resp == nil {
		x.record.Fault = nil
		return x.unanswered(err)
	}
	all := x.got.bytes()
	some := all[:max(0, min(h.fault.CutAt, int64(len(all))-1))]
	x.record.Fault.Note = fmt.Sprintf("golive cut Anton's answer after %d of %d bytes", len(some), len(all))
	x.record.Error = "the answer was cut by golive"
	x.got = capture{sum: x.got.sum}
	_, _ = x.got.Write(some)
	x.record.Response = response(resp.StatusCode, resp.Header, recording.Body{})
	x.stream, x.abort = true, true
	plainHeaders(resp.Header)
	resp.Body = io.NopCloser(bytes.NewReader(some))
	return x.sealed(resp)
}

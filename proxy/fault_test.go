package proxy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
)

// anton answers payouts and counts them.
func counting(n *atomic.Int32) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(201)
		fmt.Fprintf(w, `{"data":{"id":"pay_%04d"}}`, n.Add(1))
	}
}

func TestFaultStatus(t *testing.T) {
	each(t, func(t *testing.T, w way) {
		var n atomic.Int32
		s := newStand(t, counting(&n), nil)
		c := s.client(w)
		var struck []int
		armed := s.Arm(Fault{Kind: recording.FaultStatus, Route: anton.PayoutCreate, Times: 3, Struck: func(n int) { struck = append(struck, n) }, Answers: []Answer{
			{Status: 500, Body: `{"error":{}}`},
			{Status: 429, Header: map[string]string{"Retry-After": "2", "content-type": "text/html"}, Body: "<html>"},
		}})
		if r := s.must(s.post(c, s.url(w, "/v1/payees"), "{}")); r.StatusCode != 201 {
			t.Errorf("another route was struck: %d", r.StatusCode)
		}
		for i, want := range []struct {
			code       int
			kind, body string
		}{{500, "application/json", `{"error":{}}`}, {429, "text/html", "<html>"}, {500, "application/json", `{"error":{}}`}, {201, "application/json", `{"data":{"id":"pay_0002"}}`}} {
			r := s.must(s.post(c, s.url(w, "/v1/payouts"), strings.Repeat("x", 100<<10)))
			if r.StatusCode != want.code || r.Header.Get("Content-Type") != want.kind || r.body != want.body {
				t.Errorf("attempt %d: %d %q %q, want %v", i+1, r.StatusCode, r.Header.Get("Content-Type"), r.body, want)
			}
			if want.code == 429 && r.Header.Get("Retry-After") != "2" {
				t.Error("Retry-After did not arrive")
			}
		}
		if armed.Struck() != 3 || len(struck) != 3 || n.Load() != 2 {
			t.Errorf("struck %d %v, Anton saw %d", armed.Struck(), struck, n.Load())
		}
		rec := s.end()
		for i, x := range rec.Exchanges[1:4] {
			if x.Fault == nil || x.Fault.Kind != recording.FaultStatus || x.Fault.Nth != i+1 || x.Sends != 0 || x.Request.Body.Size != 100<<10 || x.Upstream != nil {
				t.Errorf("recorded as %+v", x)
			}
			if x.Conn != rec.Exchanges[0].Conn {
				t.Error("the connection did not survive a status answer")
			}
		}
		if last := rec.Exchanges[4]; last.Fault != nil {
			t.Errorf("struck too often: %+v", last.Fault)
		}
	})
}

func TestFaultStatusWithoutBody(t *testing.T) {
	each(t, func(t *testing.T, w way) {
		s := newStand(t, echo, nil)
		s.Arm(Fault{Kind: recording.FaultStatus, Answers: []Answer{{Status: 503}}})
		r := s.must(s.post(s.client(w), s.url(w, "/v1/payouts"), "{}"))
		if r.StatusCode != 503 || r.body != "" || r.Header["Content-Type"] != nil || r.ContentLength != 0 {
			t.Errorf("got %d %q %v", r.StatusCode, r.body, r.Header)
		}
		if x := s.only(); x.Response.Body.Size != 0 || x.Response.Body.Cut {
			t.Errorf("recorded as %+v", x.Response)
		}
	})
}

func TestFaultLostAnswer(t *testing.T) {
	each(t, func(t *testing.T, w way) {
		var n atomic.Int32
		s := newStand(t, counting(&n), nil)
		s.Arm(Fault{Kind: recording.FaultLostAnswer, Times: 1})
		tr := s.transport(w)
		_, err := s.post(&http.Client{Transport: tr}, s.url(w, "/v1/payouts"), "{}", "Idempotency-Key", "k")
		if !isReset(w, err) {
			t.Errorf("the app saw %v, want a reset", err)
		}
		if r := s.must(s.post(&http.Client{Transport: tr}, s.url(w, "/v1/payouts"), "{}")); r.body != `{"data":{"id":"pay_0002"}}` {
			t.Errorf("afterwards: %q", r.body)
		}
		x := s.end().Exchanges[0]
		if x.Response != nil || x.Error == "" || x.Fault == nil || x.Fault.Kind != recording.FaultLostAnswer || x.Sends != 1 {
			t.Errorf("recorded as %+v", x)
		}
		if u := x.Upstream; u == nil || u.Status != 201 || u.Body.Text != `{"data":{"id":"pay_0001"}}` || u.Body.Cut {
			t.Errorf("Anton's answer recorded as %+v", u)
		}
	})
}

// isReset allows for HTTP/2 clients that write while they read: the write takes
// the reset, the read sees the end.
func isReset(w way, err error) bool {
	if w == h2 { // the stream alone
		return err != nil && strings.Contains(err.Error(), "INTERNAL_ERROR")
	}
	return errors.Is(err, syscall.ECONNRESET)
}

func TestFaultReset(t *testing.T) {
	each(t, func(t *testing.T, w way) {
		var n atomic.Int32
		s := newStand(t, counting(&n), nil)
		s.Arm(Fault{Kind: recording.FaultReset, Times: 1})
		if _, err := s.post(s.client(w), s.url(w, "/v1/payouts"), "{}"); !isReset(w, err) {
			t.Errorf("the app saw %v, want a reset", err)
		}
		if n.Load() != 0 {
			t.Error("Anton saw the request")
		}
		if x := s.only(); x.Response != nil || x.Upstream != nil || x.Fault.Kind != recording.FaultReset || x.Request.Body.Text != "{}" {
			t.Errorf("recorded as %+v", x)
		}
	})
}

// A fault is meant for one operation: what else the app has under way on the
// same HTTP/2 connection goes on.
func TestFaultsLeaveOtherStreamsAlone(t *testing.T) {
	for _, kind := range []recording.FaultKind{recording.FaultReset, recording.FaultLostAnswer, recording.FaultHang} {
		t.Run(string(kind), func(t *testing.T) {
			arrived, answer := make(chan struct{}), make(chan struct{})
			s := newStand(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Method == "GET" {
					close(arrived)
					<-answer
				}
				io.WriteString(w, "{}")
			}, nil)
			s.Arm(Fault{Kind: kind, Route: anton.PayoutCreate, Cap: time.Millisecond})
			c := s.client(h2)
			other := make(chan error, 1)
			go func() {
				r, err := c.Get(sandbox + "/v1/balances")
				if err == nil {
					err = r.Body.Close()
				}
				other <- err
			}()
			<-arrived
			if _, err := s.post(c, sandbox+"/v1/payouts", "{}"); err == nil {
				t.Error("the fault did not strike")
			}
			close(answer)
			if err := <-other; err != nil {
				t.Errorf("the other stream ended with %v", err)
			}
			s.await(func(r *recording.Recording) bool { return len(r.Exchanges) == 2 })
			if x := s.end().Exchanges[0]; x.Request.Path != "/v1/balances" || x.Fault != nil || x.Status() != 200 {
				t.Errorf("recorded as %+v", x)
			}
		})
	}
}

func TestFaultHangUntilTheAppGivesUp(t *testing.T) {
	each(t, func(t *testing.T, w way) {
		var n atomic.Int32
		s := newStand(t, counting(&n), nil)
		ctx, cancel := context.WithCancel(t.Context())
		s.Arm(Fault{Kind: recording.FaultHang, Struck: func(int) { cancel() }})
		req, _ := http.NewRequestWithContext(ctx, "POST", s.url(w, "/v1/payouts"), strings.NewReader("{}"))
		if _, err := s.client(w).Do(req); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
		s.await(func(r *recording.Recording) bool { return len(r.Exchanges) == 1 })
		if x := s.only(); x.Response != nil || x.Fault.Kind != recording.FaultHang || !strings.HasPrefix(x.Error, "the app hung up after") || n.Load() != 0 {
			t.Errorf("recorded as %+v", x)
		}
	})
}

func TestFaultHangUntilTheCap(t *testing.T) {
	each(t, func(t *testing.T, w way) {
		s := newStand(t, echo, nil)
		s.Arm(Fault{Kind: recording.FaultHang, Cap: time.Millisecond})
		if r, err := s.post(s.client(w), s.url(w, "/v1/payouts"), "{}"); err == nil {
			t.Errorf("got %d", r.StatusCode)
		}
		if x := s.only(); x.Response != nil || x.Error != "no answer within 0.0 s" {
			t.Errorf("recorded as %+v", x)
		}
	})
}

func TestShutdownEndsHanging(t *testing.T) {
	s := newStand(t, echo, nil)
	struck := make(chan struct{})
	s.Arm(Fault{Kind: recording.FaultHang, Struck: func(int) { close(struck) }})
	failed := make(chan error, 1)
	go func() {
		_, err := s.post(s.client(h1), sandbox+"/v1/payouts", "{}")
		failed <- err
	}()
	<-struck
	if x := s.only(); x.Error != "no answer before the run ended" {
		t.Errorf("recorded as %+v", x)
	}
	if err := <-failed; err == nil {
		t.Error("the app got an answer")
	}
}

func TestFaultTruncate(t *testing.T) {
	each(t, func(t *testing.T, w way) {
		for _, at := range []int64{0, 4, 1000} {
			for _, length := range []bool{true, false} {
				t.Run(fmt.Sprintf("%d length %v", at, length), func(t *testing.T) {
					s := newStand(t, func(w http.ResponseWriter, r *http.Request) {
						if length {
							w.Header().Set("Content-Length", "10")
						}
						_, _ = io.WriteString(w, "0123456789")
						_ = http.NewResponseController(w).Flush()
					}, nil)
					s.Arm(Fault{Kind: recording.FaultTruncate, CutAt: at})
					want := "0123456789"[:min(at, 9)]
					r, err := s.post(s.client(w), s.url(w, "/v1/payouts"), "{}")
					if err != nil || r.err == nil || r.body != want {
						t.Errorf("the app got %q, %v, %v", r.body, err, r.err)
					}
					x := s.only()
					if x.Response == nil || !x.Response.Body.Cut || x.Response.Body.Text != want || x.Fault.Kind != recording.FaultTruncate || x.Error == "" {
						t.Errorf("recorded as %+v %+v", x, x.Response)
					}
					if x.Upstream == nil || x.Upstream.Body.Text != "0123456789" || x.Upstream.Body.Cut {
						t.Errorf("Anton's answer recorded as %+v", x.Upstream)
					}
				})
			}
		}
	})
}

func TestFaultsOfAnUnreachableUpstream(t *testing.T) {
	for _, kind := range []recording.FaultKind{recording.FaultLostAnswer, recording.FaultTruncate} {
		s := newStandAt(t, "127.0.0.1:1", nil, nil)
		s.Arm(Fault{Kind: kind})
		r := s.must(s.post(s.client(h1), sandbox+"/v1/payouts", "{}"))
		if x := s.only(); r.StatusCode != 502 || x.Fault == nil || x.Fault.Kind != recording.FaultUpstream {
			t.Errorf("%s: got %d, recorded %+v", kind, r.StatusCode, x.Fault)
		}
	}
}

func TestFaultsStrikeInOrderAndOnlyTheirOperation(t *testing.T) {
	s := newStand(t, echo, nil)
	s.Adopt("ref-one", recording.ServerError)
	s.Adopt("ref-two", recording.Pay)
	first := s.Arm(Fault{Kind: recording.FaultStatus, Operation: "ref-one", Times: 1, Answers: []Answer{{Status: 500}}})
	second := s.Arm(Fault{Kind: recording.FaultStatus, Operation: "ref-one", Answers: []Answer{{Status: 502}}})
	c := s.client(h1)
	for i, want := range []struct {
		body string
		code int
	}{{"ref-one", 500}, {"ref-two", 200}, {"ref-one", 502}, {"nobody", 200}, {"ref-one", 502}} {
		if r := s.must(s.post(c, sandbox+"/v1/payouts", want.body)); r.StatusCode != want.code {
			t.Errorf("request %d: %d, want %d", i, r.StatusCode, want.code)
		}
	}
	second.Disarm()
	if r := s.must(s.post(c, sandbox+"/v1/payouts", "ref-one")); r.StatusCode != 200 {
		t.Errorf("disarmed, but %d", r.StatusCode)
	}
	if first.Struck() != 1 || second.Struck() != 2 {
		t.Errorf("struck %d and %d", first.Struck(), second.Struck())
	}
}

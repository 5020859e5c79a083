package proxy

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/anton-payments/golive/proxy/recording"
)

func TestKeyOfTheOtherEnvironmentIsRefused(t *testing.T) {
	for name, send := range map[string]func(r *http.Request){
		"bearer": func(r *http.Request) { r.Header.Set("Authorization", "Bearer ak_live_abcdefghijklmnop") },
		"header": func(r *http.Request) { r.Header.Set("X-Api-Key", "ak_live_abcdefghijklmnop") },
		"query":  func(r *http.Request) { r.URL.RawQuery = "api_key=ak_live_abcdefghijklmnop" },
	} {
		t.Run(name, func(t *testing.T) {
			var n atomic.Int32
			s := newStand(t, counting(&n), nil)
			req, _ := http.NewRequest("POST", sandbox+"/v1/payouts", strings.NewReader("{}"))
			send(req)
			refused(t, s, s.must(read(s.client(h1).Do(req))), 403)
			if n.Load() != 0 {
				t.Error("it was forwarded")
			}
		})
	}
}

// refused checks that the one exchange was refused by a guard.
func refused(t *testing.T, s *stand, r reply, code int) *recording.Exchange {
	t.Helper()
	if r.StatusCode != code || !strings.Contains(r.body, "golive: ") {
		t.Errorf("the app got %d %q, want %d", r.StatusCode, r.body, code)
	}
	x := s.only()
	if x.Fault == nil || x.Fault.Kind != recording.FaultRefused || x.Fault.Note == "" || x.Sends != 0 || x.Status() != code {
		t.Errorf("recorded as %+v", x)
	}
	return x
}

func TestTestKeyTowardsProductionIsRefused(t *testing.T) {
	s := newStand(t, echo, func(o *Options) {
		o.Upstream.URL = &url.URL{Scheme: "https", Host: o.Profile.Production}
	})
	r := s.must(s.post(s.client(h1), "https://api.antonpayments.com/v1/payouts", "{}", "Authorization", "Bearer "+handed))
	refused(t, s, r, 403)
}

func TestProductionHostIsRefusedInFrontOfTheSandbox(t *testing.T) {
	var n atomic.Int32
	s := newStand(t, counting(&n), nil)
	r := s.must(s.post(s.client(h1), "https://api.antonpayments.com/v1/payouts", "{}"))
	if x := refused(t, s, r, 403); x.Request.Host != "api.antonpayments.com" || n.Load() != 0 {
		t.Errorf("recorded host %q, Anton saw %d", x.Request.Host, n.Load())
	}
}

func TestPlainHTTPToAntonIsRefused(t *testing.T) {
	s := newStand(t, echo, nil)
	r := s.must(s.post(s.client(h1), "http://api.antonpayments.dev/v1/payouts?a=b", "{}", "Idempotency-Key", "k"))
	x := refused(t, s, r, 403)
	if q := x.Request; q.Scheme != "http" || q.Host != "api.antonpayments.dev" || q.Path != "/v1/payouts" || q.Query != "a=b" || q.Body.Text != "{}" || x.Conn == "" {
		t.Errorf("recorded as %+v", q)
	}
}

// Plain http that was led to the base URL's address is told from the rest, too.
func TestPlainHTTPLedHereIsRefused(t *testing.T) {
	s := newStand(t, echo, nil)
	r := s.must(s.post(s.client(led), "http://api.antonpayments.dev/v1/payouts", "{}"))
	if x := refused(t, s, r, 403); x.Request.Scheme != "http" || x.Request.Host != "api.antonpayments.dev" {
		t.Errorf("recorded as %+v", x.Request)
	}
}

// Some clients ask a proxy for an https URL in plain words, without CONNECT. The
// app is not to blame: nothing is recorded against it, and nothing forwarded.
func TestHTTPSWithoutTunnelIsNotServed(t *testing.T) {
	var n atomic.Int32
	s := newStand(t, counting(&n), nil)
	conn := s.dial(s.door.Addr().String())
	fmt.Fprintf(conn, "GET https://api.antonpayments.dev/v1/payouts HTTP/1.1\r\nHost: api.antonpayments.dev\r\n\r\n")
	r := s.must(read(http.ReadResponse(bufio.NewReader(conn), nil)))
	if r.StatusCode != 400 || !strings.Contains(r.body, "base_url") || n.Load() != 0 {
		t.Errorf("the app got %d %s", r.StatusCode, r.body)
	}
	if rec := s.end(); len(rec.Exchanges) != 0 {
		t.Errorf("recorded: %+v", rec.Exchanges[0])
	}
}

func TestPlainHTTPInsideAConnectIsRefused(t *testing.T) {
	s := newStand(t, echo, nil)
	conn := s.connect("api.antonpayments.dev:80", nil)
	fmt.Fprintf(conn, "GET /v1/payouts HTTP/1.1\r\nHost: api.antonpayments.dev\r\n\r\n")
	r := s.must(read(http.ReadResponse(bufio.NewReader(conn), nil)))
	if x := refused(t, s, r, 403); x.Request.Scheme != "http" {
		t.Errorf("recorded as %+v", x.Request)
	}
}

func TestHostMustBeTheConnectTarget(t *testing.T) {
	each(t, func(t *testing.T, w way) {
		var n atomic.Int32
		s := newStand(t, counting(&n), nil)
		req, _ := http.NewRequest("GET", s.url(w, "/v1/payouts"), nil)
		req.Host = "internal.example"
		refused(t, s, s.must(read(s.client(w).Do(req))), 421)
		if n.Load() != 0 {
			t.Error("it was forwarded")
		}
	})
}

func TestSpellingsOfTheHost(t *testing.T) {
	s := newStand(t, echo, nil)
	for _, host := range []string{"api.antonpayments.dev", "API.AntonPayments.dev", "api.antonpayments.dev:443", "api.antonpayments.dev."} {
		conn := s.tunnel()
		fmt.Fprintf(conn, "GET /v1/payouts HTTP/1.1\r\nHost: %s\r\n\r\n", host)
		if r := s.must(read(http.ReadResponse(bufio.NewReader(conn), nil))); r.StatusCode != 200 {
			t.Errorf("%s: %d", host, r.StatusCode)
		}
	}
	for _, x := range s.end().Exchanges {
		if x.Request.Host != "api.antonpayments.dev" {
			t.Errorf("recorded host %q", x.Request.Host)
		}
	}
}

func TestNoTunnelOutOfATunnel(t *testing.T) {
	s := newStand(t, echo, nil)
	conn := s.tunnel()
	fmt.Fprintf(conn, "CONNECT %s HTTP/1.1\r\nHost: api.antonpayments.dev\r\n\r\n", s.addr)
	r := s.must(read(http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: "GET"})))
	if x := refused(t, s, r, 405); x.Request.Method != "CONNECT" {
		t.Errorf("recorded as %+v", x.Request)
	}
}

func TestRefusedRequestIsReadWhole(t *testing.T) {
	s := newStand(t, echo, nil)
	const size = recording.MaxBody + 1000
	req, _ := http.NewRequest("POST", "https://api.antonpayments.com/v1/payouts", io.LimitReader(letters{}, size))
	r := s.must(read(s.client(h1).Do(req)))
	if x := refused(t, s, r, 403); x.Request.Body.Size != size || !x.Request.Body.Cut {
		t.Errorf("recorded %d bytes", x.Request.Body.Size)
	}
}

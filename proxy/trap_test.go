package proxy

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/anton-payments/golive/proxy/recording"
)

var trapKinds = []recording.FaultKind{recording.FaultUntrusted, recording.FaultWrongHost, recording.FaultExpired}

func TestCarefulAppRefusesTrapsAndComesBack(t *testing.T) {
	each(t, func(t *testing.T, w way) {
		var n atomic.Int32
		s := newStand(t, counting(&n), nil)
		tr := s.transport(w)
		tr.TLSClientConfig.ClientSessionCache = tls.NewLRUClientSessionCache(10) // it would resume
		c := &http.Client{Transport: tr}
		call := func() error {
			_, err := s.post(c, s.url(w, "/v1/payouts"), "{}")
			return err
		}
		if err := call(); err != nil {
			t.Fatal(err)
		}
		for i, kind := range trapKinds {
			release := s.Trap(kind)
			if err := call(); !refusedCertificate(kind, err) {
				t.Errorf("%s: the app saw %v", kind, err)
			}
			release()
			release()
			if err := call(); err != nil {
				t.Errorf("after %s: %v", kind, err)
			}
			if int(n.Load()) != i+2 {
				t.Errorf("%s: Anton saw %d requests", kind, n.Load())
			}
		}
		trapped := map[recording.FaultKind]int{}
		for _, h := range s.end().Handshakes {
			trapped[h.Trap]++
			if (h.Trap != "") != (h.Error != "") || h.Trap != "" && !strings.HasPrefix(h.Error, "certificate not trusted") {
				t.Errorf("recorded as %+v", h)
			}
		}
		for _, kind := range trapKinds {
			if trapped[kind] == 0 {
				t.Errorf("no handshake recorded under %s: %v", kind, trapped)
			}
		}
		if text, likely := s.Distrust(); likely {
			t.Errorf("distrust although only traps were refused: %s", text)
		}
	})
}

func refusedCertificate(kind recording.FaultKind, err error) bool {
	var invalid x509.CertificateInvalidError
	switch kind {
	case recording.FaultUntrusted:
		return errors.As(err, new(x509.UnknownAuthorityError))
	case recording.FaultWrongHost:
		return errors.As(err, new(x509.HostnameError))
	}
	return errors.As(err, &invalid) && invalid.Reason == x509.Expired
}

func TestCarelessAppIsCaught(t *testing.T) {
	each(t, func(t *testing.T, w way) {
		for _, kind := range trapKinds {
			var n atomic.Int32
			s := newStand(t, counting(&n), nil)
			tr := s.transport(w)
			tr.TLSClientConfig.InsecureSkipVerify = true
			c := &http.Client{Transport: tr}
			s.must(s.post(c, s.url(w, "/v1/payouts"), "{}"))
			release := s.Trap(kind)
			r := s.must(s.post(c, s.url(w, "/v1/payouts"), "{}"))
			if r.StatusCode != 403 || n.Load() != 1 {
				t.Errorf("%s: the app got %d, Anton saw %d", kind, r.StatusCode, n.Load())
			}
			release()
			if r := s.must(s.post(c, s.url(w, "/v1/payouts"), "{}")); r.StatusCode != 201 {
				t.Errorf("after %s: %d", kind, r.StatusCode)
			}
			rec := s.end()
			if x := rec.Exchanges[1]; x.Fault == nil || x.Fault.Kind != kind || x.Conn == rec.Exchanges[0].Conn || x.Conn == rec.Exchanges[2].Conn {
				t.Errorf("recorded as %+v", x)
			}
			if h := rec.Handshakes[1]; h.Trap != kind || h.Error != "" || h.Conn != rec.Exchanges[1].Conn {
				t.Errorf("recorded as %+v", h)
			}
		}
	})
}

func TestTrapLetsTheExchangeUnderWayEnd(t *testing.T) {
	each(t, func(t *testing.T, w way) {
		arrived, answer := make(chan struct{}), make(chan struct{})
		s := newStand(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/v1/balances" {
				return
			}
			close(arrived)
			<-answer
			_, _ = io.WriteString(w, "late")
		}, nil)
		c := s.client(w)
		got := make(chan string, 1)
		go func() {
			r, err := read(c.Get(s.url(w, "/v1/payouts")))
			if err != nil || r.err != nil {
				t.Error(err, r.err)
			}
			got <- r.body
		}()
		<-arrived
		release := s.Trap(recording.FaultUntrusted)
		close(answer)
		if body := <-got; body != "late" {
			t.Errorf("the app got %q", body)
		}
		if _, err := c.Get(s.url(w, "/v1/balances")); !refusedCertificate(recording.FaultUntrusted, err) {
			t.Errorf("the old connection was used on: %v", err)
		}
		release()
		s.must(read(c.Get(s.url(w, "/v1/balances"))))
	})
}

func TestASecondTrapTakesThePlaceOfTheFirst(t *testing.T) {
	s := newStand(t, echo, nil)
	c := s.client(h1)
	first := s.Trap(recording.FaultUntrusted)
	second := s.Trap(recording.FaultExpired)
	first() // no longer its business
	if _, err := c.Get(sandbox); !refusedCertificate(recording.FaultExpired, err) {
		t.Errorf("%v", err)
	}
	second()
	s.must(read(c.Get(sandbox)))
}

func TestDistrust(t *testing.T) {
	s := newStand(t, echo, nil)
	if text, likely := s.Distrust(); likely {
		t.Errorf("before anything happened: %s", text)
	}
	tr := s.transport(h1)
	tr.TLSClientConfig = nil // the system's roots alone
	tr.ProxyConnectHeader = http.Header{"User-Agent": {"shop/1.0"}}
	if _, err := (&http.Client{Transport: tr}).Get(sandbox); err == nil {
		t.Fatal("it trusts us")
	}
	s.await(func(r *recording.Recording) bool { return len(r.Handshakes) == 1 })
	text, likely := s.Distrust()
	if !likely || !strings.Contains(text, "shop/1.0") || !strings.Contains(text, "bad certificate") {
		t.Errorf("%v %q", likely, text)
	}
	s.must(read(s.client(h1).Get(sandbox)))
	if text, likely := s.Distrust(); likely {
		t.Errorf("after a request: %s", text)
	}
}

func TestDistrustOfSilentClients(t *testing.T) {
	s := newStand(t, echo, nil)
	for range 2 {
		if _, likely := s.Distrust(); likely {
			t.Error("one silent connection may be a client that connects ahead")
		}
		conn := s.tunnel()
		s.await(func(r *recording.Recording) bool { return len(r.Handshakes) > 0 })
		s.awaitServed()
		conn.Close()
		s.awaitGone()
	}
	if text, likely := s.Distrust(); !likely || !strings.Contains(text, "without a request") {
		t.Errorf("%v %q", likely, text)
	}
}

func TestSignsOfDistrust(t *testing.T) {
	for text, want := range map[string]bool{
		"remote error: tls: bad certificate":                           true,
		"local error: tls: bad record MAC":                             true,
		"remote error: tls: unknown certificate authority":             true,
		"remote error: tls: expired certificate":                       true,
		"tls: client offered only unsupported versions: [302 301]":     false,
		"tls: no cipher suite supported by both client and server":     false,
		"read tcp 127.0.0.1:1->127.0.0.1:2: i/o timeout":               false,
		"tls: first record does not look like a TLS handshake":         false,
		"tls: client requested unsupported application protocols (h9)": false,
	} {
		if distrusts(errors.New(text)) != want {
			t.Errorf("%q: want %v", text, want)
		}
	}
	if !distrusts(io.EOF) {
		t.Error("a client that hangs up in the handshake does not trust us")
	}
}

func TestVersionsOffered(t *testing.T) {
	s := newStand(t, echo, nil)
	for i, c := range []struct{ min, max uint16 }{{tls.VersionTLS10, tls.VersionTLS13}, {tls.VersionTLS12, tls.VersionTLS12}, {tls.VersionTLS10, tls.VersionTLS11}} {
		conn := tls.Client(s.connect("api.antonpayments.dev:443", nil), &tls.Config{InsecureSkipVerify: true, MinVersion: c.min, MaxVersion: c.max})
		if err := conn.Handshake(); (err == nil) != (c.max >= tls.VersionTLS12) {
			t.Errorf("%v: %v", c, err)
		}
		s.await(func(r *recording.Recording) bool { return len(r.Handshakes) > i })
	}
	h := s.end().Handshakes
	for i, want := range [][2]string{{"TLS 1.3", "TLS 1.0"}, {"TLS 1.2", "TLS 1.2"}, {"", "TLS 1.0"}} {
		if h[i].Version != want[0] || h[i].Lowest != want[1] {
			t.Errorf("handshake %d: agreed %q, lowest %q, want %q", i, h[i].Version, h[i].Lowest, want)
		}
	}
	if h[2].Error == "" || strings.Contains(h[2].Error, "not trusted") {
		t.Errorf("a client that is too old: %q", h[2].Error)
	}
}

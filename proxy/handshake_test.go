package proxy

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/anton-payments/golive/proxy/recording"
)

// A handshake costs no more than it must, shuts no client out, and is resumed.
func TestKeyExchange(t *testing.T) {
	s := newStand(t, echo, nil)
	kept := tls.NewLRUClientSessionCache(1)
	for _, c := range []struct {
		offered []tls.CurveID
		agreed  tls.CurveID
		resumed bool
	}{
		{nil, tls.X25519, false},
		{nil, tls.X25519, true},
		{[]tls.CurveID{tls.CurveP384}, tls.CurveP384, true},
		{[]tls.CurveID{tls.X25519MLKEM768}, tls.X25519MLKEM768, true},
	} {
		config := s.transport(h1).TLSClientConfig.Clone()
		config.ServerName, config.ClientSessionCache, config.CurvePreferences = "api.antonpayments.dev", kept, c.offered
		conn := tls.Client(s.connect("api.antonpayments.dev:443", nil), config)
		fmt.Fprint(conn, "GET /v1/payouts HTTP/1.1\r\nHost: api.antonpayments.dev\r\nConnection: close\r\n\r\n")
		if r, err := read(http.ReadResponse(bufio.NewReader(conn), nil)); err != nil || r.StatusCode != 200 {
			t.Fatal(r, err)
		}
		if state := conn.ConnectionState(); state.CurveID != c.agreed || state.DidResume != c.resumed {
			t.Errorf("offered %v: agreed on %v, resumed %v, want %v, %v", c.offered, state.CurveID, state.DidResume, c.agreed, c.resumed)
		}
	}
	if h := s.end().Handshakes; len(h) != 4 || slices.ContainsFunc(h, func(h *recording.Handshake) bool { return h.Error != "" }) {
		t.Errorf("recorded %+v", h)
	}
}

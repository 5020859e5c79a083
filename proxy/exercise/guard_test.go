package exercise

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/anton-payments/golive/proxy/config"
)

// No exercise goes to production or with a live key; the refusal shows no key,
// and nothing is left on disk.
func TestGuardBeforeMoney(t *testing.T) {
	const live, test = "ak_live_0123456789abcdefghij", "ak_test_0123456789abcdefghij"
	for name, u := range map[string]struct{ host, key, want string }{
		"production":             {"api.antonpayments.com", test, "production"},
		"production in capitals": {"API.AntonPayments.com:443", test, "production"},
		"live key":               {"api.antonpayments.dev", live, "live key"},
		"both":                   {"api.antonpayments.com", live, "production"},
		"nowhere":                {"", test, "no address"},
	} {
		dir := t.TempDir()
		_, err := Run(context.Background(), Setup{
			Config: &config.Config{Profile: "2026-02"}, Dir: dir,
			Upstream: Upstream{URL: &url.URL{Scheme: "https", Host: u.host}, Key: u.key},
		})
		if !IsUnusable(err) || !strings.Contains(err.Error(), u.want) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if strings.Contains(err.Error(), u.key) {
			t.Errorf("%s: the key is shown: %v", name, err)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("%s: left %v, %v", name, left, err)
		}
	}
}

// The harness's own line to Anton takes the machine's proxy and the real key.
func TestOwnLineTakesTheRealKey(t *testing.T) {
	way := &url.URL{Scheme: "http", Host: "proxy.corp:3128", User: url.UserPassword("user", "word")}
	b := newBank(Upstream{URL: &url.URL{Scheme: "https", Host: "api.antonpayments.dev"}, Key: "ak_test_real", Proxy: way}, "ak_test_handed", nil)
	at, err := b.client.Transport.(*http.Transport).Proxy(&http.Request{URL: b.at.URL})
	if b.key != "ak_test_real" || err != nil || at.String() != way.String() {
		t.Errorf("key %s, proxy %v, %v", b.key, at, err)
	}
}

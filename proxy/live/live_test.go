package live_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anton-payments/golive/checks"
	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/fixtures/sandbox"
	"github.com/anton-payments/golive/proxy/live"
	"github.com/anton-payments/golive/proxy/recording"
)

// names are where the test's proxy leads the hosts of receivers.
var names sync.Map

// TestMain has the machine's proxy lead names of the public Internet to
// receivers on this machine: net/http reads the variable once.
func TestMain(m *testing.M) {
	p := httptest.NewServer(http.HandlerFunc(lead))
	os.Setenv("HTTPS_PROXY", p.URL)
	os.Unsetenv("NO_PROXY")
	os.Exit(m.Run())
}

// lead is a CONNECT proxy.
func lead(w http.ResponseWriter, r *http.Request) {
	to, known := names.Load(r.Host)
	if r.Method != http.MethodConnect || !known {
		http.Error(w, "no way", http.StatusBadGateway)
		return
	}
	there, err := net.Dial("tcp", to.(string))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer there.Close()
	w.WriteHeader(http.StatusOK)
	here, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer here.Close()
	go func() {
		io.Copy(there, buffered)
		there.(*net.TCPConn).CloseWrite()
	}()
	io.Copy(here, there)
}

// rig is production, a receiver, and everything that either was asked.
type rig struct {
	*testing.T
	sandbox  *sandbox.Sandbox
	anton    *httptest.Server
	receiver *httptest.Server
	answer   int // of the receiver

	mu    sync.Mutex
	asked []string // "GET /v1/balances", "receiver POST /hook"
	sent  bytes.Buffer
}

const (
	liveKey = "ak_live_0123456789abcdefghij"
	hook    = "https://pay.example.com/webhooks/anton" // the test's authority vouches for example.com
)

func newRig(t *testing.T) *rig {
	r := &rig{T: t, answer: 401, sandbox: sandbox.New(sandbox.Options{Live: true, Key: liveKey})}
	t.Cleanup(r.sandbox.Close)
	r.anton = r.serve("", r.sandbox.API())
	r.receiver = r.serve("receiver ", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(r.answer) }))
	names.Store("pay.example.com:443", r.receiver.Listener.Addr().String())
	t.Cleanup(func() { names.Delete("pay.example.com:443") })
	return r
}

func (r *rig) serve(who string, h http.Handler) *httptest.Server {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		req.Body = io.NopCloser(bytes.NewReader(body))
		r.mu.Lock()
		r.asked = append(r.asked, who+req.Method+" "+req.URL.Path)
		req.Header.Write(&r.sent)
		r.sent.Write(body)
		r.mu.Unlock()
		h.ServeHTTP(w, req)
	}))
	s.Config.ErrorLog = nil
	s.StartTLS()
	r.Cleanup(s.Close)
	return s
}

// make has the merchant do something in production, beside the line that is
// watched.
func (r *rig) make(path, body string) string {
	r.Helper()
	req := httptest.NewRequest("POST", path, strings.NewReader(body))
	req.Header.Set("Authorization", "Bearer "+liveKey)
	w := httptest.NewRecorder()
	r.sandbox.API().ServeHTTP(w, req)
	if w.Code != 201 {
		r.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
	_, after, _ := strings.Cut(w.Body.String(), `"id":"`)
	id, _, _ := strings.Cut(after, `"`)
	return id
}

func (r *rig) fund() {
	w := httptest.NewRecorder()
	req := httptest.NewRequest("POST", "/funds", strings.NewReader(`{"currency":"USD","amount":"100.00"}`))
	req.Host = "127.0.0.1"
	r.sandbox.Control().ServeHTTP(w, req)
	if w.Code != 204 {
		r.Fatal(w.Body)
	}
}

// ready is a production that has everything, and a cutover of it.
func (r *rig) ready() *live.Cutover {
	r.Helper()
	r.fund()
	r.make("/v1/webhooks", `{"url":"`+hook+`","events":["*"]}`)
	payee := r.make("/v1/payees", `{"type":"individual","first_name":"Maria","last_name":"Santos","country":"DE","email":"maria@merchant.example","metadata":{"note":"her sister Carla"}}`)
	instrument := r.make("/v1/payees/"+payee+"/instruments", `{"type":"bank_account","currency":"EUR","details":{"iban":"DE89370400440532013000"}}`)
	at, err := url.Parse(r.anton.URL)
	if err != nil {
		r.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(r.anton.Certificate())
	roots.AddCert(r.receiver.Certificate())
	p := anton.Profiles[0]
	return &live.Cutover{
		Target: live.Target{URL: at, Key: liveKey, Roots: roots, Agent: "golive/test"}, Profile: p, Dir: r.TempDir(),
		Open: recording.Open{Profile: p.Name, Currencies: []string{"USD"}, Sections: []string{"cutover", "launch"}, Production: &recording.Production{
			Host: p.Production, Webhook: hook, Payees: []string{payee, instrument}, Probe: true, Config: []string{"prod.env"},
			Corridors: []recording.Corridor{{From: "USD", To: "EUR", Country: "DE"}},
		}},
		Searched:    live.Searched{Files: []recording.Mark{{Kind: recording.MarkConfig, Facts: map[string]string{"file": "prod.env", "lines": "3"}}}},
		Certificate: &recording.Certificate{Decision: "certified", IDs: []string{"pye_sandbox"}},
	}
}

// verdicts runs a cutover and judges what it recorded.
func (r *rig) verdicts(c *live.Cutover) map[string]*checks.Verdict {
	r.Helper()
	result, err := c.Run(context.Background())
	if err != nil || result.Interrupted {
		r.Fatalf("%v, interrupted: %v", err, result.Interrupted)
	}
	rec, err := recording.ReadFile(result.Recording)
	if err != nil {
		r.Fatal(err)
	}
	e, err := checks.EvidenceOf(rec)
	if err != nil {
		r.Fatal(err)
	}
	list, err := checks.JudgeAll(checks.All(), e)
	if err != nil {
		r.Fatal(err)
	}
	all := map[string]*checks.Verdict{}
	for _, v := range list {
		if v.Check.Live {
			all[v.Check.ID] = v
		}
	}
	return all
}

var cutover = []string{"live-key", "live-config", "live-webhook", "live-receiver", "live-corridors", "live-payees", "live-funds", "tls-webhook"}

func TestCutoverPasses(t *testing.T) {
	r := newRig(t)
	seen := r.verdicts(r.ready())
	for _, id := range cutover {
		if v := seen[id]; v.Outcome != checks.Pass {
			t.Errorf("%s: %v %v %v", id, v.Outcome, v.Missing, v.Findings)
		}
	}
}

// TestOnlyReads: Anton is sent nothing but GET, and the receiver one POST that
// nobody signed.
func TestOnlyReads(t *testing.T) {
	r := newRig(t)
	r.verdicts(r.ready())
	posts := 0
	for _, a := range r.asked {
		switch {
		case strings.HasPrefix(a, "receiver POST "):
			posts++
		case !strings.HasPrefix(a, "GET /v1/"):
			t.Errorf("%s was sent", a)
		}
	}
	if posts != 1 {
		t.Errorf("%d unsigned POSTs, want one", posts)
	}
	for _, word := range []string{"Signature", "Idempotency-Key", "Cookie"} {
		if strings.Contains(r.sent.String(), word) {
			t.Errorf("%s was sent", word)
		}
	}
	r.asked = nil
	c := r.ready()
	c.Open.Production.Probe = false
	r.verdicts(c)
	if i := slices.IndexFunc(r.asked, func(a string) bool { return !strings.HasPrefix(a, "GET /v1/") }); i >= 0 {
		t.Errorf("%s was sent without --probe-webhook", r.asked[i])
	}
}

// TestKeyStaysInMemory: neither key nor personal data reaches the disk.
func TestKeyStaysInMemory(t *testing.T) {
	r := newRig(t)
	c := r.ready()
	var told bytes.Buffer
	c.Narrate = &told
	r.verdicts(c)
	files, err := filepath.Glob(filepath.Join(c.Dir, "*", "*"))
	if err != nil || len(files) != 2 {
		t.Fatal(files, err)
	}
	secrets := []string{liveKey, liveKey[8:], "Maria", "Santos", "Carla", "maria@merchant.example", "DE89370400440532013000"}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range secrets {
			if bytes.Contains(text, []byte(secret)) || strings.Contains(told.String(), secret) {
				t.Errorf("%s was written down", secret)
			}
		}
		if info, _ := os.Stat(f); info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", f, info.Mode())
		}
	}
}

func TestOtherKeysAreNotSent(t *testing.T) {
	r := newRig(t)
	for _, key := range []string{"ak_test_0123456789abcdef", "nonsense"} {
		c := r.ready()
		c.Key = key
		if v := r.verdicts(c)["live-key"]; v.Outcome != checks.Fail {
			t.Errorf("%s: %v", key, v.Outcome)
		}
	}
	if len(r.asked) > 0 {
		t.Errorf("asked with them: %v", r.asked)
	}
}

func TestRefusedKeyAsksOnce(t *testing.T) {
	r := newRig(t)
	c := r.ready()
	c.Key = "ak_live_another0123456789"
	seen := r.verdicts(c)
	if v := seen["live-key"]; v.Outcome != checks.Fail || v.Findings[0].Text != "GET /v1/balances answered 401, want 200 with the production key" {
		t.Errorf("%v %v", v.Outcome, v.Findings)
	}
	if seen["live-funds"].Outcome != checks.Inconclusive || seen["live-webhook"].Outcome != checks.Inconclusive {
		t.Error("judged what could not be seen")
	}
	if !slices.Equal(r.asked, []string{"GET /v1/balances"}) {
		t.Errorf("asked %v", r.asked)
	}
}

func TestReceiverDepartures(t *testing.T) {
	for name, c := range map[string]struct {
		spoil   func(*rig, *live.Cutover)
		outcome checks.Outcome
		says    string
	}{
		"accepts unsigned": {func(r *rig, _ *live.Cutover) { r.answer = 200 }, checks.Fail, "accepted with 200"},
		"unknown authority": {func(r *rig, _ *live.Cutover) {
			other, err := sandbox.Start(sandbox.Options{})
			if err != nil {
				r.Fatal(err)
			}
			r.Cleanup(other.Close)
			names.Store("pay.example.com:443", strings.TrimPrefix(other.URL, "https://"))
		}, checks.Fail, "does not validate"},
		"nobody there": {func(r *rig, _ *live.Cutover) { names.Delete("pay.example.com:443") }, checks.Inconclusive, "could not be reached"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			cut := r.ready()
			c.spoil(r, cut)
			v := r.verdicts(cut)["live-receiver"]
			told := strings.Join(v.Missing, "\n")
			for _, f := range v.Findings {
				told += f.Text
			}
			if v.Outcome != c.outcome || !strings.Contains(told, c.says) {
				t.Errorf("%v: %s, want %v: %s", v.Outcome, told, c.outcome, c.says)
			}
		})
	}
}

func TestWrongName(t *testing.T) {
	r := newRig(t)
	c := r.ready()
	r.make("/v1/webhooks", `{"url":"https://other.merchant.io/hook","events":["*"]}`)
	names.Store("other.merchant.io:443", r.receiver.Listener.Addr().String())
	v := r.verdicts(c)["live-receiver"]
	if v.Outcome != checks.Fail || !strings.Contains(v.Findings[0].Text, "not other.merchant.io") {
		t.Errorf("%v %v", v.Outcome, v.Findings)
	}
}

func TestInterrupted(t *testing.T) {
	r := newRig(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	result, err := r.ready().Run(ctx)
	if err != nil || !result.Interrupted {
		t.Fatal(err, result)
	}
	rec, err := recording.ReadFile(result.Recording)
	if err != nil || rec.Close.Reason != "interrupted" {
		t.Error(err, rec)
	}
}

func TestSearch(t *testing.T) {
	dir := t.TempDir()
	lines := []string{
		"ANTON_BASE_URL=https://api.antonpayments.com", "# not ak_test_ nor ak_test_... here", "KEY=ak_test_0123456789abcd",
		"URL: https://API.AntonPayments.DEV/v1", "data: YWtfdGVzdF8wMTIzNDU2Nzg5YWJjZA==", "KEY=ak_live_0123456789abcd",
		"picture: aGVsbG8gd29ybGQgaGVsbG8gd29ybGQ=",
	}
	if err := os.WriteFile(filepath.Join(dir, "prod.env"), []byte(strings.Join(lines, "\r\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	s, err := live.Search(dir, []string{"prod.env"}, "api.antonpayments.dev", at)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range s.Findings {
		got = append(got, f.Place+" "+f.Kind+" "+f.Encoding)
	}
	want := []string{
		"config:prod.env:3 test-key plain", "config:prod.env:4 sandbox-host plain", "config:prod.env:5 test-key base64", "config:prod.env:6 live-key plain",
	}
	if !slices.Equal(got, want) || len(s.Files) != 1 {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	for _, name := range []string{"none.env", "."} {
		if _, err := live.Search(dir, []string{name}, "x", at); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}

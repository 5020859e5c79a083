package live_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"crypto/x509"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/anton-payments/golive/checks"
	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/fixtures/sandbox"
	"github.com/anton-payments/golive/proxy/live"
	"github.com/anton-payments/golive/proxy/recording"
	"github.com/anton-payments/golive/reports"
)

type carrier func(*http.Request) (*http.Response, error)

func (c carrier) RoundTrip(r *http.Request) (*http.Response, error) { return c(r) }

// firstDays is a production in which 50 payouts were made, of which 3 failed
// and 1 came back; of the first payout's deliveries none arrives.
func firstDays(t *testing.T) *rig {
	deliver := func(r *http.Request) (*http.Response, error) {
		body, _ := io.ReadAll(r.Body)
		code := 200
		if bytes.Contains(body, []byte(`"reference":"P-01"`)) {
			code = 500
		}
		return &http.Response{StatusCode: code, Body: http.NoBody}, nil
	}
	r := &rig{T: t, sandbox: sandbox.New(sandbox.Options{Live: true, Key: liveKey, Step: time.Millisecond, Deliver: carrier(deliver)})}
	t.Cleanup(r.sandbox.Close)
	r.anton = r.serve("", r.sandbox.API())
	r.fund()
	r.make("/v1/webhooks", `{"url":"`+hook+`","events":["*"]}`)
	payee := r.make("/v1/payees", `{"type":"individual","first_name":"Maria","last_name":"Santos","country":"US"}`)
	instrument := r.make("/v1/payees/"+payee+"/instruments", `{"type":"bank_account","currency":"USD","details":{"account_number":"9876543210","routing_number":"021000021"}}`)
	profile := anton.Profiles[0]
	for n, end := range map[int]anton.Status{7: anton.Failed, 20: anton.Failed, 33: anton.Failed, 41: anton.Returned} {
		if err := r.sandbox.Script(fmt.Sprintf("P-%02d", n), sandbox.Script{Path: profile.Path(end)}); err != nil {
			t.Fatal(err)
		}
	}
	for n := 1; n <= 50; n++ {
		r.make("/v1/payouts", fmt.Sprintf(`{"payee_id":%q,"instrument_id":%q,"amount":"1.00","currency":"USD","reference":"P-%02d"}`, payee, instrument, n))
	}
	r.ended(50)
	return r
}

// ended waits until so many payouts have come to an end.
func (r *rig) ended(n int) {
	r.Helper()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for range 6000 {
		w := httptest.NewRecorder()
		req := httptest.NewRequest("GET", "/payouts", nil)
		req.Host = "127.0.0.1"
		r.sandbox.Control().ServeHTTP(w, req)
		done := 0
		for _, s := range anton.Profiles[0].Terminal {
			done += strings.Count(w.Body.String(), fmt.Sprintf(`"status":%q`, s))
		}
		if done == n {
			return
		}
		<-look.C
	}
	r.Fatal("the payouts do not end")
}

func (r *rig) watch(calls int) *live.Watch {
	at, err := url.Parse(r.anton.URL)
	if err != nil {
		r.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(r.anton.Certificate())
	return live.NewWatch(live.Target{URL: at, Key: liveKey, Roots: roots, Agent: "golive/test"}, anton.Profiles[0], recording.Open{
		Profile: anton.Profiles[0].Name, Currencies: []string{"USD"},
		Production: &recording.Production{Key: recording.KindLiveKey, Watch: &recording.Watch{Since: time.Now().Add(-time.Hour), Low: map[string]string{"USD": "60.00"}}},
	}, calls)
}

func (r *rig) look(w *live.Watch) *reports.Watched {
	r.Helper()
	rec, err := w.Look(context.Background())
	if err != nil {
		r.Fatal(err)
	}
	seen, err := reports.WatchOf(rec)
	if err != nil {
		r.Fatal(err)
	}
	return seen
}

// TestFirstDays watches 50 payouts with 3 failed and 1 returned.
func TestFirstDays(t *testing.T) {
	r := firstDays(t)
	w := r.watch(1000)
	seen := r.look(w)
	want := checks.PayoutFigures{Completed: 46, Failed: 3, Returned: 1}
	if f := seen.Figures; f.Payouts != want || f.Deliveries.Delivered < 200 || f.Deliveries.Failed != 0 || f.Deliveries.Unseen != 0 || f.Reads.Class4xx+f.Reads.Class5xx+f.Reads.Silent != 0 {
		t.Errorf("%+v", f)
	}
	if b := seen.Figures.Balances; len(b) != 1 || !b[0].Low || b[0].String() != "USD 54.00, threshold USD 60.00" {
		t.Errorf("%v", b)
	}
	told := map[string]string{}
	for _, v := range seen.Verdicts {
		for _, f := range v.Findings {
			told[v.Check] += f.Text
		}
	}
	if !strings.HasPrefix(told["watch-payouts"], "3 failed and 1 returned of 50 payouts that ended (8 %): The receiving bank rejected the payment (3 times)") {
		t.Errorf("%s", told["watch-payouts"])
	}
	if told["watch-balances"] == "" || told["watch-errors"] != "" || seen.Exit != reports.ExitNotCertified {
		t.Errorf("%v, exit %d", told, seen.Exit)
	}
	var shown bytes.Buffer
	if err := seen.Write(&shown, false); err != nil || !strings.Contains(shown.String(), "46 completed, 3 failed, 1 returned, 0 cancelled, 0 pending") {
		t.Errorf("%v\n%s", err, shown.String())
	}
	for _, line := range []string{"golive_payouts{state=\"failed\"} 3\n", "golive_payouts{state=\"returned\"} 1\n", "golive_balance_available{currency=\"USD\"} 54\n", "golive_advice{check=\"watch-payouts\"} 1\n"} {
		if !bytes.Contains(seen.Metrics(), []byte(line)) {
			t.Errorf("no %s in\n%s", line, seen.Metrics())
		}
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	if families, err := parser.TextToMetricFamilies(bytes.NewReader(seen.Metrics())); err != nil || len(families) != 7 {
		t.Errorf("Prometheus reads %d families, want 7: %v", len(families), err)
	}
	before := len(r.asked)
	r.look(w)
	if n := len(r.asked) - before; n > 20 {
		t.Errorf("the second look made %d requests: what is settled was asked again", n)
	}
	r.onlyReads(seen, shown.String())
}

// onlyReads: GET alone was sent, and nothing shows the key.
func (r *rig) onlyReads(seen *reports.Watched, shown string) {
	r.Helper()
	for _, a := range r.asked {
		if !strings.HasPrefix(a, "GET /v1/") {
			r.Errorf("%s was sent", a)
		}
	}
	text, err := json.Marshal(seen)
	if err != nil {
		r.Fatal(err)
	}
	for name, s := range map[string]string{"JSON": string(text), "text": shown, "metrics": string(seen.Metrics())} {
		if strings.Contains(s, liveKey[8:]) || strings.Contains(s, "Santos") {
			r.Errorf("%s shows the key or a name", name)
		}
	}
}

// TestWatchSparesTheRateLimit: a look makes no more calls than it may, and says
// what it left out.
func TestWatchSparesTheRateLimit(t *testing.T) {
	r := firstDays(t)
	seen := r.look(r.watch(12))
	if len(r.asked) > 12 || seen.Figures.Deliveries.Unseen == 0 {
		t.Errorf("%d calls, %d events left out", len(r.asked), seen.Figures.Deliveries.Unseen)
	}
	if seen.Figures.Payouts.Completed != 46 {
		t.Errorf("%+v", seen.Figures.Payouts)
	}
}

// TestWatchWithARefusedKey asks once a look, and cannot say that all is well.
func TestWatchWithARefusedKey(t *testing.T) {
	r := newRig(t)
	r.sandbox.Close()
	r.anton.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.asked = append(r.asked, req.URL.Path)
		w.WriteHeader(401)
	})
	seen := r.look(r.watch(100))
	if len(r.asked) != 1 || seen.Exit != reports.ExitIncomplete {
		t.Errorf("asked %v, exit %d", r.asked, seen.Exit)
	}
	r.anton.Close()
	if seen = r.look(r.watch(100)); seen.Exit != reports.ExitIncomplete || seen.Figures.Reads.Silent != 1 {
		t.Errorf("nobody answers: exit %d, %+v", seen.Exit, seen.Figures.Reads)
	}
}

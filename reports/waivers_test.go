package reports

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"strings"
	"testing"
	"time"

	"github.com/secure-systems-lab/go-securesystemslib/signerverifier"

	"github.com/anton-payments/golive/checks"
	"github.com/anton-payments/golive/proxy/recording"
)

// fixedKey is a key that is the same each time, for goldens.
func fixedKey(name string) *Key {
	seed := sha256.Sum256([]byte(name))
	der, err := x509.MarshalPKCS8PrivateKey(ed25519.NewKeyFromSeed(seed[:]))
	if err != nil {
		panic(err)
	}
	k, err := parseKey(pemFile(name, signerverifier.PrivateKeyPEM, der))
	if err != nil {
		panic(err)
	}
	return k
}

// waiving records a waiver of an item, changed where the caller likes.
func waiving(r *recording.Recording, item checks.Item, reason string, change func(*Grant)) {
	k := fixedKey("Anton staff")
	g := waivable()
	g.Item, g.Reason, g.Signer = item, reason, k.Name
	if change != nil {
		change(&g)
	}
	payload, err := g.payload()
	if err != nil {
		panic(err)
	}
	text, err := enclose(payload, k)
	if err != nil {
		panic(err)
	}
	r.Waivers = append(r.Waivers, &recording.Waiver{File: "waivers/" + string(item) + ".json", Text: text, Key: k.Public, At: noon})
}

// waivedAll waives all that does not pass of failing, one item that passes, and
// has two waivers that do nothing.
func waivedAll(r *recording.Recording) {
	r.Waivers = []*recording.Waiver{{File: "waivers/old.json", Text: []byte("{}"), Key: fixedKey("Anton staff").Public, At: noon}}
	r.Attestations = append(r.Attestations,
		&recording.Attestation{Check: "alert", Statement: "PagerDuty", By: "Jane Doe", Date: "2024-02-29"},
		&recording.Attestation{Check: "retry-backoff", Statement: "it grows", By: "Jane Doe", Date: "2026-11-20", Evidence: "docs/retries.md"})
	waiving(r, checks.Amounts, "sends floats", func(g *Grant) { g.For.App = "1.4.1" })
	waiving(r, checks.Logs, "the log goes to a vault that only two people can read, until the logger is replaced in December", nil)
	waiving(r, checks.Pagination, "the app never lists payouts", func(g *Grant) { g.Until = "2026-11-20" })
	waiving(r, checks.Pagination, "the app never lists payouts", nil)
	waiving(r, checks.Retries, "the queue retries once a minute", nil)
	waiving(r, checks.Webhooks, "not that it matters", nil)
}

func TestWaivedReport(t *testing.T) {
	r := shape(failing, waivedAll)
	if d := r.Decision; d.Certificate != Certified || d.Exit != 0 || d.Because != "10 of 13 items pass, 3 are waived" || len(d.Waived) != 3 {
		t.Errorf("%+v", d)
	}
	if o := r.outcomeOf(checks.Retries); o != checks.Fail {
		t.Errorf("the outcome of a waived item became %s", o)
	}
	if got := r.WaiverOf(checks.Pagination).Grant.Until; got != "2026-12-31" {
		t.Errorf("of two waivers the one until %s counts", got)
	}
	if !r.Path[1].Done {
		t.Errorf("%+v: a waived item is through", r.Path[1])
	}
	if a := r.Stated; len(a) != 2 || !strings.HasPrefix(a[0].Refused, "dated 2024-02-29, 995 days before the run") || !strings.HasPrefix(a[1].Refused, "this check goes by what is seen") {
		t.Errorf("%+v", a)
	}
	if len(r.holding()) != 5 || len(r.refused()) != 2 {
		t.Errorf("%+v", r.Waivers)
	}
}

// One waiver short, expired, or narrowed: nothing is certified.
func TestWaivedInPart(t *testing.T) {
	short := func(r *recording.Recording) { waivedAll(r); r.Waivers = r.Waivers[:5] }
	if d := shape(failing, short).Decision; d.Certificate != NotCertified || d.Because != "1 of 13 items fails, 2 are waived" {
		t.Errorf("%+v", d)
	}
	late := func(r *recording.Recording) {
		waivedAll(r)
		r.Open.At = noon.AddDate(0, 2, 0)
		for _, w := range r.Waivers {
			w.At = time.Time{}
		}
	}
	if d := shape(failing, late).Decision; d.Certificate != NotCertified || d.Waived != nil {
		t.Errorf("%+v", d)
	}
	narrow := func(r *recording.Recording) {
		waivedAll(r)
		r.Open.Exercises = []recording.Exercise{recording.ServerError}
	}
	if d := shape(failing, narrow).Decision; d.Certificate != NotCertified || d.Waived != nil {
		t.Errorf("%+v", d)
	}
	cut := func(r *recording.Recording) { waivedAll(r); r.Close.Reason = "interrupted" }
	if d := shape(failing, cut).Decision; d.Certificate != Incomplete {
		t.Errorf("%+v", d)
	}
	all := func(r *recording.Recording) {
		for _, l := range checks.Checklist {
			waiving(r, l.Item, "all of it", nil)
		}
	}
	if d := shape(unseen, all).Decision; d.Certificate != Certified || d.Because != "all 13 items are waived" {
		t.Errorf("%+v", d)
	}
}

// A check of an item without a verdict: no waiver makes up for it.
func TestWaivedWithoutVerdict(t *testing.T) {
	r := shape(failing, waivedAll)
	r.Items[7].Checks = append(r.Items[7].Checks, "pagination-unheard-of")
	if r.waived(r.Items[7]) != nil || Decide(r).Certificate != Incomplete {
		t.Error("waived, with a check that nobody judged")
	}
}

// A finding is suppressed where every item asked for is waived, and only there.
func TestWaivedFindings(t *testing.T) {
	for sections, want := range map[string]bool{"security": true, "security,launch": false} {
		r := shape(failing, func(r *recording.Recording) { waivedAll(r); r.Open.Sections = strings.Split(sections, ",") })
		if _, waived := r.waivedCheck(r.verdict("log-secrets")); waived != want {
			t.Errorf("%s: suppressed %v, want %v", sections, waived, want)
		}
	}
}

package reports

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"

	"github.com/anton-payments/golive/checks"
)

// A foreign HAR is judged by what it shows: money as a float fails, nothing else
// does, and whatever it does not show is inconclusive.
func TestForeignHARIsJudged(t *testing.T) {
	for _, name := range []string{"chrome", "firefox", "mitmproxy", "charles"} {
		r, err := Judge(filepath.Join("..", "proxy", "recording", "testdata", "har", name+".har"), Options{})
		if err != nil {
			t.Fatal(err)
		}
		passes := 0
		for _, v := range r.Verdicts {
			if (v.Outcome == checks.Fail) != (v.Check == "amount-string") {
				t.Errorf("%s: %s is %s: %+v", name, v.Check, v.Outcome, v.Findings)
			}
			if v.Outcome == checks.Pass {
				passes++
			}
		}
		if r.verdict("idempotency-key").Outcome != checks.Pass || r.verdict("balance-first").Outcome != checks.Pass || passes < 8 {
			t.Errorf("%s: idempotency-key %s, balance-first %s, %d pass", name, r.verdict("idempotency-key").Outcome, r.verdict("balance-first").Outcome, passes)
		}
		if sanitized := name == "chrome"; (r.verdict("key-bearer").Outcome == checks.Inconclusive) != sanitized {
			t.Errorf("%s: key-bearer is %s", name, r.verdict("key-bearer").Outcome)
		}
	}
}

// The HAR of a run, judged, says nothing against the app that the run did not
// say, and certifies nothing.
func TestOwnHARIsJudged(t *testing.T) {
	run, err := Judge(recorded(t, "pay"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var har bytes.Buffer
	if err := HAR(&har, run); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "run.har")
	write(t, path, har.Bytes())
	r, err := Judge(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range r.Verdicts {
		if v.Outcome == checks.Fail && run.verdict(v.Check).Outcome != checks.Fail {
			t.Errorf("%s fails: %+v", v.Check, v.Findings)
		}
	}
	if r.Decision.Certificate == Certified || r.verdict("key-bearer").Outcome != checks.Pass {
		t.Errorf("%s; key-bearer is %s", r.Decision.Certificate, r.verdict("key-bearer").Outcome)
	}
	var m *Misuse
	if err := Pack(path, filepath.Join(t.TempDir(), "b"), nil); !errors.As(err, &m) {
		t.Errorf("bundled: %v", err)
	}
}

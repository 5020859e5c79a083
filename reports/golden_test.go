package reports

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/anton-payments/golive/checks"
)

// Recordings of real runs, made by golive 0.1.0, stay readable and keep their
// verdicts: what was certified once cannot be judged otherwise by a later golive
// without a change to testdata/recordings that somebody has looked at. A check
// that is new has no evidence in them, and must not fail.
func TestOldRecordings(t *testing.T) {
	paths, _ := filepath.Glob(filepath.Join("testdata", "recordings", "*.jsonl.gz"))
	if len(paths) < 4 {
		t.Fatalf("%d recordings", len(paths))
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".jsonl.gz")
		t.Run(name, func(t *testing.T) {
			r, err := Judge(recorded(t, name), Options{})
			if err != nil {
				t.Fatal(err)
			}
			var told bytes.Buffer
			fmt.Fprintf(&told, "%s: %s\n", r.Decision.Certificate, r.Decision.Because)
			for _, v := range r.Verdicts {
				fmt.Fprintf(&told, "%-26s %s\n", v.Check, v.Outcome)
				for _, f := range v.Findings {
					if !f.Advice {
						fmt.Fprintf(&told, "  %s %s\n", f.Ref, f.Text)
					}
				}
			}
			golden(t, filepath.Join("recordings", name+".want"), told.Bytes())
		})
	}
}

// A run bundled and opened elsewhere says the same of every check.
func TestBundledRunsKeepTheirVerdicts(t *testing.T) {
	for name, fails := range map[string]string{"no-key": "idempotency-key", "accepts-unsigned": "signature-missing", "correct": ""} {
		run := recorded(t, name)
		dir := filepath.Join(t.TempDir(), "b")
		if err := Pack(run, dir, nil); err != nil {
			t.Fatal(err)
		}
		b, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		r, err := Judge(run, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range r.Verdicts {
			if got := b.Report.Verdicts[i]; got.Check != v.Check || got.Outcome != v.Outcome || len(got.Findings) != len(v.Findings) {
				t.Errorf("%s: %s is %s, bundled %s %s", name, v.Check, v.Outcome, got.Check, got.Outcome)
			}
		}
		if fails != "" && b.Report.verdict(fails).Outcome != checks.Fail {
			t.Errorf("%s: %s is %s", name, fails, b.Report.verdict(fails).Outcome)
		}
		if (fails == "") != (b.Report.Decision.Certificate == Certified) {
			t.Errorf("%s: %s", name, b.Report.Decision.Certificate)
		}
	}
}

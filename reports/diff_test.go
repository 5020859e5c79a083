package reports

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/anton-payments/golive/checks"
	"github.com/anton-payments/golive/proxy/recording"
)

func TestCompare(t *testing.T) {
	pass, fail, open := shape(nil, nil), shape(failing, attempts), shape(undecided, nil)
	for _, c := range []struct {
		name          string
		before, after *Report
		worse         bool
		items         []string
	}{
		{"the same", fail, shape(failing, attempts), false, nil},
		{"mended", fail, pass, false, []string{"INT-3 fail pass", "INT-8 inconclusive pass", "SEC-5 fail pass", "LCH-6 fail pass", "LCH-10 fail pass"}},
		{"broken", pass, fail, true, []string{"INT-3 pass fail", "INT-8 pass inconclusive", "SEC-5 pass fail", "LCH-6 pass fail", "LCH-10 pass fail"}},
		{"less seen", pass, open, true, []string{"INT-8 pass inconclusive", "SEC-1 pass inconclusive", "LCH-2 pass inconclusive"}},
		{"cut short", pass, shape(nil, func(r *recording.Recording) { r.Close.Reason = "interrupted" }), true, nil},
	} {
		got := Compare(c.before, c.after)
		var items []string
		for _, i := range got.Items {
			items = append(items, i.ID+" "+i.Before.String()+" "+i.After.String())
		}
		if got.Worse != c.worse || !reflect.DeepEqual(items, c.items) {
			t.Errorf("%s: worse %v, %q", c.name, got.Worse, items)
		}
	}
}

// Two runs call the same departure by other names and measure other times.
func TestCompareWithoutNames(t *testing.T) {
	report := func(run, text string) *Report {
		return shape(func(v *checks.Verdict) {
			if v.Check.ID == "idempotency-key" {
				v.Outcome, v.Findings = checks.Fail, []checks.Departure{{Ref: "x1", Text: text}}
			}
		}, func(r *recording.Recording) { r.Open.Run = run })
	}
	before := report("GLA", "2 payouts for GLA-004 after x12 (3 times), sent again after 0.4 s, want one")
	for after, gone := range map[string]int{
		"2 payouts for GLB-117 after x9 (5 times), sent again after 0.38 s, want one": 0,
		"3 payouts for GLB-117 after x9, sent again after 0.38 s, want one":           1,
	} {
		got := Compare(before, report("GLB", after))
		n := 0
		for _, c := range got.Checks {
			n += len(c.Gone)
		}
		if n != gone || got.Worse {
			t.Errorf("%s: %d gone, worse %v", after, n, got.Worse)
		}
	}
}

// What a narrowed run did not judge is told in a row, so that what fails stands
// out.
func TestChangesOfManyAlike(t *testing.T) {
	var b bytes.Buffer
	if err := Compare(shape(nil, nil), shape(unseen, nil)).text(&b, false); err != nil {
		t.Fatal(err)
	}
	if want := "\nChecks\n  ✓ → ?  15 checks                   idempotency-key, webhook-genuine, "; !strings.Contains(b.String(), want) || strings.Count(b.String(), "idempotency-key") != 1 {
		t.Errorf("no %q in\n%s", want, b.String())
	}
}

func TestChangesText(t *testing.T) {
	var b bytes.Buffer
	if err := Compare(shape(nil, nil), shape(failing, attempts)).text(&b, false); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"  ✓ → ✗  retry-backoff               delays between attempts grow exponentially\n",
		"           new   account number in base64, want none or the last four characters\n", "\n✗ something got worse\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

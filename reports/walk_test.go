package reports

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/anton-payments/golive/checks"
	"github.com/anton-payments/golive/proxy/recording"
)

// TestCutoverAndLaunchItems walks every item that golive cutover is asked for: it
// passes when each of its checks does, and any one of them that fails, or saw
// nothing, decides it. What production shows is judged from the checks' own
// examples, what the sandbox showed is carried over from its certificate.
func TestCutoverAndLaunchItems(t *testing.T) {
	walked := 0
	for _, l := range checks.Checklist {
		if l.Section != checks.Cutover && l.Section != checks.Launch {
			continue
		}
		walked++
		t.Run(string(l.Item), func(t *testing.T) { walkItem(t, l.Item) })
	}
	if walked != 15 {
		t.Errorf("%d items, want CUT-1 to CUT-4 and LCH-1 to LCH-11", walked)
	}
}

func walkItem(t *testing.T, item checks.Item) {
	list := checks.For(item)
	var passing []*checks.Verdict
	for _, c := range list {
		passing = append(passing, verdictOf(t, c, checks.Pass))
	}
	if got := outcomeOf(t, item, list, passing); got != checks.Pass {
		t.Errorf("%v where each check passes", got)
	}
	if got := outcomeOf(t, item, list, passing[1:]); got == checks.Pass {
		t.Errorf("passes without a verdict of %s", list[0].ID)
	}
	for i, c := range list {
		for _, o := range []checks.Outcome{checks.Fail, checks.Inconclusive} {
			if o == checks.Fail && c.Level != checks.Must {
				continue // it gives advice alone
			}
			with := slices.Clone(passing)
			with[i] = verdictOf(t, c, o)
			if got := outcomeOf(t, item, list, with); got != o {
				t.Errorf("%v where %s is %v", got, c.ID, o)
			}
		}
	}
}

func outcomeOf(t *testing.T, item checks.Item, list []*checks.Check, verdicts []*checks.Verdict) checks.Outcome {
	t.Helper()
	r := build(&checks.Evidence{Recording: &recording.Recording{}}, "", verdicts, list)
	at := slices.IndexFunc(r.Items, func(i Item) bool { return i.ID == item })
	if at < 0 {
		t.Fatalf("%s is not on the report", item)
	}
	return r.Items[at].Outcome
}

// verdictOf is a check's verdict of that outcome at a cutover.
func verdictOf(t *testing.T, c *checks.Check, want checks.Outcome) *checks.Verdict {
	t.Helper()
	rec := &recording.Recording{
		Open:        recording.Open{Profile: "2026-02", Production: &recording.Production{}},
		Certificate: &recording.Certificate{Verdicts: []recording.PastVerdict{{Check: c.ID, Outcome: want.String(), Seen: 1}}},
	}
	if c.Live {
		rec = example(t, c.ID, want.String())
	}
	e, err := checks.EvidenceOf(rec)
	if err != nil {
		t.Fatal(err)
	}
	v, err := checks.Judge(c, e)
	if err != nil || v.Outcome != want {
		t.Fatalf("%s: %v, %v, want %v", c.ID, v, err, want)
	}
	return v
}

// example is the first recording of that outcome among a check's examples.
func example(t *testing.T, id, outcome string) *recording.Recording {
	t.Helper()
	all, err := txtar.ParseFile(filepath.Join("..", "checks", "testdata", id+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all.Files {
		if strings.HasPrefix(m.Name, outcome) && strings.HasSuffix(m.Name, ".jsonl") {
			rec, err := recording.Decode(bytes.NewReader(m.Data))
			if err != nil {
				t.Fatal(err)
			}
			return rec
		}
	}
	t.Fatalf("%s has no example that is %s", id, outcome)
	return nil
}

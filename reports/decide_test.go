package reports

import (
	"slices"
	"strings"
	"testing"

	"github.com/anton-payments/golive/checks"
	"github.com/anton-payments/golive/proxy/recording"
)

func TestDecide(t *testing.T) {
	items := func(outcomes ...checks.Outcome) []Item {
		var list []Item
		for _, o := range outcomes {
			list = append(list, Item{Section: checks.Integration, Asked: true, Outcome: o})
		}
		return list
	}
	const pass, open, fail = checks.Pass, checks.Inconclusive, checks.Fail
	tests := []struct {
		name    string
		report  Report
		want    string
		exit    int
		because string
	}{
		{"all pass", Report{Items: items(pass, pass)}, Certified, 0, "all 2 items pass"},
		{"one fails", Report{Items: items(pass, fail, open)}, NotCertified, 1, "1 of 3 items fails, 1 is inconclusive"},
		{"one is open", Report{Items: items(pass, open)}, Incomplete, 3, "1 of 2 items is inconclusive"},
		{"all are open", Report{Items: items(open, open)}, Incomplete, 3, "all 2 items are inconclusive"},
		{"none asked for", Report{Items: []Item{{Outcome: pass}}}, Incomplete, 3, "no item was asked for"},
		{"an item not asked for fails", Report{Items: append(items(pass), Item{Outcome: fail})}, Certified, 0, "the item passes"},
		{"an item without an outcome", Report{Items: items(checks.NotApplicable)}, Incomplete, 3, "no item was asked for"},
		{"cut", Report{Items: items(pass), Recording: Source{Ended: "cut"}}, Incomplete, 3, "the run was cut before its end"},
		{"interrupted after a failure", Report{Items: items(fail), Recording: Source{Ended: "interrupted"}}, NotCertified, 1, "the item fails"},
		{
			"narrowed and passing", Report{
				Items: items(pass), Narrowed: &Narrowed{Checks: []string{"a"}}, Verdicts: []Verdict{{Check: "a", Outcome: pass}},
			}, Incomplete, 3, "the check passes; a narrowed run certifies nothing",
		},
		{
			"narrowed and failing", Report{
				Items: items(pass), Narrowed: &Narrowed{Checks: []string{"a"}}, Verdicts: []Verdict{{Check: "a", Outcome: fail}},
			}, NotCertified, 1, "the check fails",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.report.Recording.Ended == "" {
				tt.report.Recording.Ended = "finished"
			}
			d := Decide(&tt.report)
			if d.Certificate != tt.want || d.Exit != tt.exit || d.Because != tt.because {
				t.Errorf("%s, exit %d: %s", d.Certificate, d.Exit, d.Because)
			}
		})
	}
}

// An item passes only when each of its checks is built, was judged and passed.
func TestItemsDoNotPassWithoutEvidence(t *testing.T) {
	passing := &checks.Check{ID: "a", Items: []checks.Item{checks.Amounts}, Run: func(*checks.Trial) {}}
	unbuilt := &checks.Check{ID: "b", Items: []checks.Item{checks.Amounts}}
	outcomes := func(list []*checks.Check, verdicts ...*checks.Verdict) Item {
		r := build(&checks.Evidence{Recording: &recording.Recording{}}, "", verdicts, list)
		for _, i := range r.Items {
			if i.ID == checks.Amounts {
				return i
			}
		}
		t.Fatal("no such item")
		return Item{}
	}
	pass := &checks.Verdict{Check: passing, Outcome: checks.Pass}
	if i := outcomes([]*checks.Check{passing}, pass); i.Outcome != checks.Pass || i.ToCome {
		t.Errorf("with its one check: %v, to come %t", i.Outcome, i.ToCome)
	}
	if i := outcomes(nil); i.Outcome != checks.Inconclusive || !i.ToCome {
		t.Errorf("without checks: %v, to come %t", i.Outcome, i.ToCome)
	}
	if i := outcomes([]*checks.Check{passing, unbuilt}, pass); i.Outcome != checks.Inconclusive || !i.ToCome {
		t.Errorf("with a check not built and not judged: %v, to come %t", i.Outcome, i.ToCome)
	}
	excluded := &checks.Verdict{Check: passing, Reason: "not in this profile"}
	if i := outcomes([]*checks.Check{passing}, excluded); i.Outcome != checks.Inconclusive {
		t.Errorf("with a check that does not apply: %v", i.Outcome)
	}
}

// A missing action blocks what needs it; a cause that hides everything blocks
// whatever saw nothing. A check stands under one cause.
func TestCauses(t *testing.T) {
	skipped := func(x recording.Exercise, reason string) *recording.Mark {
		return &recording.Mark{Kind: recording.MarkSkipped, Exercise: x, Facts: map[string]string{"reason": reason}}
	}
	cause := func(name, text string) *recording.Mark {
		return &recording.Mark{Kind: recording.MarkCause, Facts: map[string]string{"cause": name, "text": text}}
	}
	r := shape(unseen, func(r *recording.Recording) {
		r.Marks = []*recording.Mark{
			cause("no-action", "golive.yaml has no list action"),
			skipped(recording.Pages, "no list action"),
			skipped(recording.Statuses, "only the embedded sandbox can steer payouts"),
			cause("no-action", "golive.yaml has no list action"),
		}
	})
	if len(r.Causes) != 1 || strings.Join(r.Causes[0].Blocks, " ") != "pagination-cursor pagination-stop" {
		t.Errorf("causes %+v", r.Causes)
	}
	r = shape(unseen, func(r *recording.Recording) {
		r.Marks = []*recording.Mark{cause("app-gone", "the app ended by itself"), cause("unauthorized", "401 on every call")}
	})
	if len(r.Causes) != 2 || len(r.Causes[0].Blocks) != 14 || len(r.Causes[1].Blocks) != 0 {
		t.Errorf("causes %+v", r.Causes)
	}
	if slices.Contains(r.Causes[0].Blocks, "key-storage") {
		t.Error("a person's word waits for no traffic")
	}
	r = shape(undecided, func(r *recording.Recording) { // it saw something before the app was gone
		gone := cause("app-gone", "the app ended by itself")
		gone.Facts["reason"] = "the app had ended by itself"
		r.Marks = []*recording.Mark{gone, skipped(recording.Pages, "the app had ended by itself")}
	})
	if strings.Join(r.Causes[0].Blocks, " ") != "pagination-cursor pagination-stop" {
		t.Errorf("causes %+v", r.Causes)
	}
}

// What no traffic shows are checks that there are.
func TestAside(t *testing.T) {
	for _, id := range aside {
		if checks.ByID(id) == nil {
			t.Errorf("%s is no check", id)
		}
	}
}

func TestKnown(t *testing.T) {
	known := []string{"retry-after", "retry-backoff", "amount-string"}
	for name, want := range map[string]string{
		"retry-after":  "",
		"retry-aftr":   `unknown check "retry-aftr", did you mean "retry-after"?`,
		"backoff":      `unknown check "backoff", did you mean "retry-backoff"?`,
		"amounts":      `unknown check "amounts"; known: retry-after, retry-backoff, amount-string`,
		"x":            `unknown check "x"; known: retry-after, retry-backoff, amount-string`,
		"Amount-Strng": `unknown check "Amount-Strng", did you mean "amount-string"?`,
	} {
		got := ""
		if err := Known("check", name, known); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestFormats(t *testing.T) {
	for _, f := range Formats {
		if err := formatError(f.Name); err != nil {
			t.Error(err)
		}
	}
	if err := formatError("jsn"); err == nil || err.Error() != `unknown format "jsn", did you mean "json"?` {
		t.Errorf("jsn: %v", err)
	}
}

func TestParts(t *testing.T) {
	why, looked, mend := parts("Costs money.\nTwice.\n\nLooked at: all. Mend: stop\nit.")
	if why != "Costs money. Twice." || looked != "all." || mend != "stop it." {
		t.Errorf("%q, %q, %q", why, looked, mend)
	}
}

func formatError(name string) error {
	_, err := FormatOf(name)
	return err
}

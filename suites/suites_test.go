package suites_test

import (
	"strings"
	"testing"

	"github.com/anton-payments/golive/checks"
	"github.com/anton-payments/golive/suites"
)

var (
	passing = &checks.Verdict{Check: &checks.Check{ID: "amount-string"}, Outcome: checks.Pass}
	failing = &checks.Verdict{
		Check: &checks.Check{ID: "retry-after"}, Outcome: checks.Fail,
		Findings: []checks.Departure{
			{Ref: "x12", Text: "retried after 0.8 s, want 2 s or more"},
			{Ref: "x13", Text: "an aside", Advice: true},
		},
	}
	undecided = &checks.Verdict{
		Check: &checks.Check{ID: "status-sent"}, Outcome: checks.Inconclusive,
		Missing: []string{"no status action; add actions.status to golive.yaml"},
	}
	excluded = &checks.Verdict{Check: &checks.Check{ID: "tls-webhook"}}
)

// The specs run in the order given, each with a word of its own for its outcome.
func TestRunTellsEachItemInOrder(t *testing.T) {
	items := []suites.Item{
		{Line: line("INT-4", "Zebra first"), Asked: true, Outcome: checks.Pass, Verdicts: verdicts(passing)},
		{Line: line("INT-3", "Middle"), Asked: true, Outcome: checks.Fail, Verdicts: verdicts(passing, failing)},
		{Line: line("INT-5", "Yonder"), Asked: true, Outcome: checks.Inconclusive, Verdicts: verdicts(undecided)},
		{Line: line("INT-8", "Waiver"), Asked: true, Outcome: checks.Inconclusive, Waived: "until 2026-12-31", Verdicts: verdicts(undecided)},
		{Line: line("LCH-1", "Aardvark last"), Verdicts: verdicts(failing)},
	}
	want := `Going Live Checklist
  INT-4  Zebra first
  INT-3  Middle (FAILED)
  INT-5  Yonder (PENDING)
  INT-8  Waiver, waived (SKIPPED)
  LCH-1  Aardvark last (SKIPPED)
`
	for range 2 { // more than once in a process
		var told strings.Builder
		if err := suites.Run(items, &told, false); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(told.String(), want) {
			t.Errorf("told:\n%s\nwant:\n%s", told.String(), want)
		}
	}
}

// An undecided item is no success, even where everything else passes.
func TestUndecidedIsNoSuccess(t *testing.T) {
	var told strings.Builder
	items := []suites.Item{
		{Line: line("INT-4", "Proper amount handling"), Asked: true, Outcome: checks.Pass, Verdicts: verdicts(passing)},
		{Line: line("INT-5", "Payout lifecycle handling"), Asked: true, Outcome: checks.Inconclusive, Verdicts: verdicts(undecided)},
	}
	if err := suites.Run(items, &told, false); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(told.String(), "SUCCESS") {
		t.Errorf("told:\n%s", told.String())
	}
}

func TestAllPass(t *testing.T) {
	tests := []struct {
		name     string
		verdicts []*checks.Verdict
		want     bool
		message  string
	}{
		{"pass", verdicts(passing), true, ""},
		{"pass beside one that does not apply", verdicts(passing, excluded), true, ""},
		{"nothing", nil, false, "no check has judged this"},
		{"only one that does not apply", verdicts(excluded), false, "no check has judged this"},
		{"fail", verdicts(passing, failing), false, "retry-after fails\n  x12: retried after 0.8 s, want 2 s or more"},
		{"inconclusive", verdicts(undecided), false, "status-sent is inconclusive\n  no status action; add actions.status to golive.yaml"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ok, err := suites.AllPass().Match(tt.verdicts)
			if err != nil || ok != tt.want {
				t.Fatalf("matched %t, %v, want %t", ok, err, tt.want)
			}
			if got := suites.AllPass().FailureMessage(tt.verdicts); !ok && got != tt.message {
				t.Errorf("message %q, want %q", got, tt.message)
			}
		})
	}
	if _, err := suites.AllPass().Match("no verdicts"); err == nil {
		t.Error("matched a string")
	}
}

func line(item checks.Item, text string) checks.Line {
	return checks.Line{Item: item, Section: checks.Integration, Text: text}
}

func verdicts(v ...*checks.Verdict) []*checks.Verdict { return v }

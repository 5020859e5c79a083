package suites

import (
	"fmt"
	"strings"

	"github.com/onsi/gomega/types"

	"github.com/anton-payments/golive/checks"
)

// AllPass matches verdicts of which at least one passes and every one passes or
// does not apply. No verdict at all is no pass.
func AllPass() types.GomegaMatcher { return allPass{} }

type allPass struct{}

func (allPass) Match(actual any) (bool, error) {
	verdicts, ok := actual.([]*checks.Verdict)
	if !ok {
		return false, fmt.Errorf("AllPass wants verdicts, not %T", actual)
	}
	passed := false
	for _, v := range verdicts {
		if v.Outcome > checks.Pass {
			return false, nil
		}
		passed = passed || v.Outcome == checks.Pass
	}
	return passed, nil
}

// FailureMessage is a line for each check that does not pass and one for each
// finding: "retry-after fails" and "  x12: retried after 0.8 s, want 2 s or more".
func (allPass) FailureMessage(actual any) string {
	var lines []string
	for _, v := range actual.([]*checks.Verdict) {
		if v.Outcome <= checks.Pass {
			continue
		}
		lines = append(lines, v.Check.ID+map[checks.Outcome]string{checks.Fail: " fails", checks.Inconclusive: " is inconclusive"}[v.Outcome])
		for _, f := range v.Findings {
			if !f.Advice {
				lines = append(lines, "  "+f.Ref+": "+f.Text)
			}
		}
		for _, m := range v.Missing {
			lines = append(lines, "  "+m)
		}
	}
	if lines == nil {
		return "no check has judged this"
	}
	return strings.Join(lines, "\n")
}

func (allPass) NegatedFailureMessage(any) string { return "every check passes" }

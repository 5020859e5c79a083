package board

import (
	"fmt"

	"github.com/anton-payments/golive/checks"
)

// path is the path to production, PATH-1 to PATH-5 of the checklist.
func (b *Board) path(sections []section) []mile {
	sandbox, signed, asked := true, 0, 0
	live := true
	for _, s := range sections {
		for _, i := range s.Items {
			passed := i.Outcome == checks.Pass.String()
			switch checks.Section(s.Name) {
			case checks.Integration, checks.Security:
				asked++
				sandbox = sandbox && passed
				if i.Signed != nil {
					signed++
				}
			default:
				live = live && passed
			}
		}
	}
	miles := []mile{
		{Name: "Onboarding", Note: "an authenticated call succeeds", Done: b.authenticated()},
		{Name: "Sandbox development", Note: "integration and security pass", Done: sandbox},
		{Name: "Certification call", Note: fmt.Sprintf("%d of %d items signed off", signed, asked), Done: signed == asked && asked > 0},
		{Name: "Fund account", Note: "golive cutover sees a balance", Done: b.passed("live-funds")},
		{Name: "Move to production", Note: "cutover and launch pass", Done: live},
	}
	for i := range miles {
		if !miles[i].Done {
			miles[i].Next = true
			break
		}
	}
	return miles
}

func (b *Board) authenticated() bool {
	for _, x := range b.rec.Exchanges {
		if x.Fault == nil && x.Status()/100 == 2 && len(x.Request.Header["Authorization"]) > 0 {
			return true
		}
	}
	return false
}

func (b *Board) passed(check string) bool {
	if b.report == nil {
		return false
	}
	for _, v := range b.report.Verdicts {
		if v.Check == check {
			return v.Outcome == checks.Pass
		}
	}
	return false
}

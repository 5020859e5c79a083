package reports

import (
	"slices"

	"github.com/anton-payments/golive/checks"
)

// glance are the items by section; of a narrowed report the checks in its scope.
func glance(r *Report) []block {
	if r.Narrowed != nil {
		b := block{Title: "Checks in this run", Asked: true}
		for i := range r.Verdicts {
			if v := &r.Verdicts[i]; r.inScope(v) {
				b.Tiles = append(b.Tiles, tile{Href: v.Check, ID: v.Check, Text: v.Title, Outcome: v.Outcome, Basis: v.Basis})
			}
		}
		return []block{b}
	}
	var all []block
	for _, s := range checks.Sections {
		b := block{Title: capital(string(s)), Asked: slices.Contains(r.Decision.Sections, s)}
		for _, i := range r.Items {
			if i.Section == s {
				t := tile{Href: string(i.ID), ID: string(i.ID), Text: i.Text, Note: share(r, i), Outcome: i.Outcome, Basis: i.Basis}
				if s := r.signedOff(i.ID); s != nil {
					t.Signed = s.By
				}
				if w := r.waived(i); w != nil {
					t.Waived = w.Grant.Until
				}
				b.Tiles = append(b.Tiles, t)
			}
		}
		all = append(all, b)
	}
	return all
}

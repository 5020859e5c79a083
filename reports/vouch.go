package reports

import (
	"fmt"
	"slices"
	"time"

	"github.com/anton-payments/golive/checks"
)

// signedWith: one of the keys signed the waiver.
func (w *Waiver) signedWith(keys []*Key) bool {
	return slices.ContainsFunc(keys, func(k *Key) bool { return k.ID == w.KeyID && k.Public == w.Public })
}

// unvouched tells, a line each, which items are waived with none of the keys.
func unvouched(r *Report, keys []*Key) (problems []string) {
	for _, item := range r.Decision.Waived {
		if r.waiverBy(item, func(w *Waiver) bool { return w.signedWith(keys) }) == nil {
			problems = append(problems, strange(item, r.WaiverOf(item)))
		}
	}
	return problems
}

func strange(item checks.Item, w *Waiver) string {
	return fmt.Sprintf("%s is waived with a key that is not trusted, %s, that calls itself %q (%s)", item, brief(w.KeyID), w.Grant.Signer, w.File)
}

// standing refuses a report that rests on a waiver that none of the keys signed,
// or that has expired since, and gives the last moment at which all of them hold;
// zero where it rests on none.
func standing(r *Report, keys []*Key, now time.Time) (until time.Time, err error) {
	for _, item := range r.Decision.Waived {
		known := r.waiverBy(item, func(w *Waiver) bool { return w.signedWith(keys) })
		switch {
		case known == nil && len(keys) == 0:
			return until, fmt.Errorf("%s is waived, and no key of Anton's is named to hold that against: give it with --trust at golive cutover, with --waiver-key at golive gate", item)
		case known == nil:
			return until, fmt.Errorf("%s; name Anton's public key, or mend the item", strange(item, r.WaiverOf(item)))
		case !now.Before(known.Grant.end()):
			return until, fmt.Errorf("the waiver of %s has expired on %s; mend the item or ask Anton for another, and certify again", item, known.Grant.Until)
		}
		if end := known.Grant.end().Add(-time.Second); until.IsZero() || end.Before(until) {
			until = end
		}
	}
	return until, nil
}

// vouched tells whose the waivers of a bundle are.
func (p *page) vouched(r *Report, antons []*Key) {
	for _, item := range r.Decision.Waived {
		w := r.WaiverOf(item)
		p.row("waived", fmt.Sprintf("%s until %s by %s, key %s of %s", item, w.Grant.Until, w.Grant.Approver, brief(w.KeyID), w.Grant.Signer))
	}
	if len(antons) == 0 && len(r.Decision.Waived) > 0 {
		p.row("", "that this is Anton's key is the merchant's word; --waiver-key PUBLIC_KEY proves it")
	}
}

package reports

import (
	"errors"
	"fmt"
	"slices"
	"time"

	intoto "github.com/in-toto/attestation/go/v1"

	"github.com/anton-payments/golive/checks"
	"github.com/anton-payments/golive/proxy/recording"
)

// Waiver is a waiver that the merchant named, and whether it holds for the run.
// That its key is Anton's is the merchant's word: whoever relies on it compares
// Public with the key that Anton gave them (Gate, Open).
type Waiver struct {
	File    string `json:"file"`
	Refused string `json:"refused,omitempty"`    // why it does nothing; empty: it holds
	Grant   *Grant `json:"grant,omitempty"`      // nil: the file cannot be read, or is about no item
	KeyID   string `json:"key_id,omitempty"`     // of the key that it had to be signed with
	Public  string `json:"public_key,omitempty"` // that key, Ed25519, hex
}

// hold says what a waiver is worth to a report of that subject, profile and time.
func hold(w *recording.Waiver, r *Report) Waiver {
	told := Waiver{File: w.File, Public: w.Key}
	e, g, err := readGrant(w.Text)
	if err == nil {
		told.Grant = g
		told.KeyID, err = countersigned(e, w.Key)
	}
	if err == nil {
		err = g.sound()
	}
	if err == nil {
		err = g.fits(r, later(w.At, r.At))
	}
	if err != nil {
		told.Refused = err.Error()
	}
	if told.place() == len(checks.Checklist) {
		told.Grant = nil // about nothing that a reader of the report knows
	}
	return told
}

// Foretell is what a waiver will be worth to a run that begins now: why it will
// be refused, in a line, or "".
func Foretell(w *recording.Waiver, s Subject, profile string) string {
	told := hold(w, &Report{Subject: s, Profile: profile, At: w.At})
	if told.Refused == "" {
		return ""
	}
	return "waiver " + told.subject() + " does nothing: " + told.Refused
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// countersigned verifies that the key signed, and gives the key's id.
func countersigned(e *envelope, public string) (string, error) {
	if public == "" {
		return "", errors.New("there is no key to hold it against; name Anton's public key as waiver_key in golive.yaml")
	}
	k, err := keyOf(public)
	if err != nil {
		return "", fmt.Errorf("waiver_key: %w", err)
	}
	if len(e.Signatures) == 0 {
		return k.ID, errors.New("nobody signed it")
	}
	if len(e.Signatures) != 1 || e.Signatures[0].KeyID != k.ID {
		return k.ID, fmt.Errorf("it is signed with another key, %s, want Anton's, %s", brief(e.Signatures[0].KeyID), brief(k.ID))
	}
	if err := e.signedBy(&Signer{KeyID: k.ID, Public: k.Public}); err != nil {
		return k.ID, err
	}
	return k.ID, nil
}

// fits refuses a waiver that is for something else, or for another time.
func (g *Grant) fits(r *Report, now time.Time) error {
	switch {
	case g.Granted.After(now.Add(skew)):
		return fmt.Errorf("it was granted on %s, which was still to come; set the clock of one of the machines", g.Granted.Format(time.RFC3339))
	case !now.Before(g.end()):
		return fmt.Errorf("it expired on %s; ask Anton for another, or mend the item", g.Until)
	case g.For.Merchant != r.Subject.Merchant || g.For.ID != r.Subject.ID:
		return fmt.Errorf("it is for the merchant %s, this is %s", g.whose(), named(r.Subject.Merchant, r.Subject.ID))
	case r.Subject.App == "":
		return fmt.Errorf("it is for build %q of the app, and this run names none; set app.version in golive.yaml", g.For.App)
	case g.For.App != r.Subject.App:
		return fmt.Errorf("it is for build %q of the app, this is %q", g.For.App, r.Subject.App)
	case g.Profile != r.Profile:
		return fmt.Errorf("it is for profile %s, this is %s", g.Profile, r.Profile)
	}
	return nil
}

// waivers are what the recording's waivers are worth, in the checklist's order;
// those that cannot be read come last.
func waivers(rec *recording.Recording, r *Report) []Waiver {
	var all []Waiver
	for _, w := range rec.Waivers {
		all = append(all, hold(w, r))
	}
	slices.SortStableFunc(all, func(a, b Waiver) int { return a.place() - b.place() })
	return all
}

// place is that of the item on the checklist.
func (w Waiver) place() int {
	at := -1
	if w.Grant != nil {
		at = slices.IndexFunc(checks.Checklist, func(l checks.Line) bool { return l.Item == w.Grant.Item })
	}
	if at < 0 {
		return len(checks.Checklist)
	}
	return at
}

// waived is the waiver by which an item counts that does not pass: of those that
// hold the one that holds longest. nil: there is none, or the item passes, or one
// of its checks has no verdict.
func (r *Report) waived(i Item) *Waiver { return r.waivedBy(i, func(*Waiver) bool { return true }) }

// waivedBy is waived by those waivers alone that are fit.
func (r *Report) waivedBy(i Item, fit func(*Waiver) bool) *Waiver {
	if i.Outcome <= checks.Pass || r.Narrowed != nil || len(i.Checks) == 0 ||
		slices.ContainsFunc(i.Checks, func(id string) bool { return r.verdict(id) == nil }) {
		return nil
	}
	var found *Waiver
	for n := range r.Waivers {
		w := &r.Waivers[n]
		if w.Refused == "" && w.Grant != nil && w.Grant.Item == i.ID && fit(w) && (found == nil || w.Grant.end().After(found.Grant.end())) {
			found = w
		}
	}
	return found
}

// passes: the item passes, or is waived.
func (r *Report) passes(i Item) bool { return i.Outcome == checks.Pass || r.waived(i) != nil }

// WaiverOf is the waiver by which an item counts that does not pass; nil: there
// is none.
func (r *Report) WaiverOf(item checks.Item) *Waiver {
	return r.waiverBy(item, func(*Waiver) bool { return true })
}

// waiverBy is waivedBy, of an item by its id.
func (r *Report) waiverBy(item checks.Item, fit func(*Waiver) bool) *Waiver {
	for _, i := range r.Items {
		if i.ID == item {
			return r.waivedBy(i, fit)
		}
	}
	return nil
}

// brief is the beginning of a key's id, for the eye.
func brief(id string) string { return id[:min(16, len(id))] }

// descriptor is the waiver as a certificate names it.
func (w *Waiver) descriptor() *intoto.ResourceDescriptor {
	g := w.Grant
	return &intoto.ResourceDescriptor{Name: "waiver", Annotations: notes(
		"item", string(g.Item), "reason", g.Reason, "requester", g.Requester, "approver", g.Approver,
		"granted", g.Granted.Format(time.RFC3339), "until", g.Until, "file", w.File, "key_id", w.KeyID, "public_key", w.Public,
	)}
}

// Waived tells why an item need not pass: "waived until 2026-12-31 by Ann Smith:
// the app never lists payouts". "": it is not waived.
func (r *Report) Waived(item checks.Item) string {
	if w := r.WaiverOf(item); w != nil {
		return w.words()
	}
	return ""
}

func (w Waiver) words() string {
	return fmt.Sprintf("waived until %s by %s: %s", w.Grant.Until, w.Grant.Approver, w.Grant.Reason)
}

// By tells whose word it is: who asked, who signed, with which key.
func (w Waiver) By() string {
	return fmt.Sprintf("asked for by %s, granted on %s; %s, signed by %s", w.Grant.Requester, w.Grant.Granted.Format(time.DateOnly), w.File,
		(&Key{Name: w.Grant.Signer, ID: brief(w.KeyID)}).who())
}

// relied are the items asked for that do not pass and are waived.
func relied(r *Report) []checks.Item {
	var items []checks.Item
	for _, i := range r.Items {
		if i.Asked && r.waived(i) != nil {
			items = append(items, i.ID)
		}
	}
	return items
}

package reports

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/anton-payments/golive/proxy/recording"
)

// Waiver is a waiver that the merchant named, and whether it holds for the run.
// That its key is Anton's is the merchant's word: whoever relies on it compares
// Public with the key that Anton gave them (Gate, Open).
type Waiver struct {
	File    string `json:"file"`
	Refused string `json:"refused,omitempty"`    // why it does nothing; empty: it holds
	Grant   *Grant `json:"grant,omitempty"`      // nil: the file cannot be read
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
		err = g.fits(r, cmp.Or(w.At, r.At))
	}
	if err != nil {
		told.Refused = err.Error()
	}
	return told
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
		return k.ID, fmt.Errorf("it is signed with another key, %s, want Anton's, %s", short(e.Signatures[0].KeyID), short(k.ID))
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

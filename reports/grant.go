package reports

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	intoto "github.com/in-toto/attestation/go/v1"

	"github.com/anton-payments/golive/checks"
)

// LongestGrant is how many days a waiver may hold, from the day it is granted.
const LongestGrant = 90

// Grant is a waiver as Anton gives it: one item need not pass, for one build of
// one merchant's app, up to a day. It says nothing about what the checks see.
type Grant struct {
	Item      checks.Item `json:"item"` // of the checklist
	Reason    string      `json:"reason"`
	Requester string      `json:"requester"`
	Approver  string      `json:"approver"` // another person than the requester
	Granted   time.Time   `json:"granted"`  // UTC, whole seconds
	Until     string      `json:"until"`    // the last day, UTC: "2026-12-31"
	For       Subject     `json:"for"`      // every member as in golive.yaml; App is never empty
	Profile   string      `json:"profile"`
	Signer    string      `json:"signer"` // the name of the key, by its holder's own word
}

// grantType is the predicate's type; no certificate has it, so that neither is
// ever taken for the other.
const grantType = "https://antonpayments.dev/golive/waiver/v1"

// granting is the statement that is signed.
type granting struct {
	Type          string     `json:"_type"`
	Subject       [1]granted `json:"subject"`
	PredicateType string     `json:"predicateType"`
	Predicate     Grant      `json:"predicate"`
}

// granted is what the statement is about; the digest is the predicate's.
type granted struct {
	Name   string            `json:"name"`
	Digest map[string]string `json:"digest"`
}

// WriteGrant signs a waiver and writes it into a new file. A waiver that would
// not hold anywhere, a key that cannot sign and a file that is there are each a
// *Misuse.
func WriteGrant(path string, g Grant, k *Key) error {
	g.Granted, g.Signer = g.Granted.UTC().Truncate(time.Second), k.Name
	if err := g.sound(); err != nil {
		return &Misuse{err}
	}
	if !k.signs {
		return misuse("the key of %s is a public one, which cannot sign; give the private key", k.Name)
	}
	payload, err := g.payload()
	if err != nil {
		return fmt.Errorf("waiver: %w", err)
	}
	text, err := enclose(payload, k)
	if err != nil {
		return fmt.Errorf("waiver: %w", err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return misuse("%s: exists already, and a waiver is never overwritten: name another file with -o", path)
	}
	return create(path, text, 0o644)
}

func (g *Grant) payload() ([]byte, error) {
	predicate, err := json.Marshal(g)
	if err != nil {
		return nil, err
	}
	about := granted{fmt.Sprintf("%s of %s, build %s", g.Item, g.whose(), g.For.App), map[string]string{"sha256": digest(predicate)}}
	return json.Marshal(granting{intoto.StatementTypeUri, [1]granted{about}, grantType, *g})
}

// whose names the merchant.
func (g *Grant) whose() string { return named(g.For.Merchant, g.For.ID) }

// readGrant reads a waiver's file, spelled as WriteGrant spells it, to the byte.
// Whether its signature holds, and what it is worth here, is another question.
func readGrant(text []byte) (*envelope, *Grant, error) {
	e, payload, err := disclose(text)
	if err != nil {
		return nil, nil, err
	}
	var s granting
	if err := json.Unmarshal(payload, &s); err != nil || s.PredicateType != grantType {
		return nil, nil, errors.New("its content is no waiver")
	}
	again, err := s.Predicate.payload()
	if err != nil || !slices.Equal(again, payload) {
		return nil, nil, errors.New("its content is not spelled as golive waive spells it")
	}
	return e, &s.Predicate, nil
}

// ReadWaiver reads the text of a waiver's file, whatever blanks stand between its
// words: the text as golive waive spelled it, and the item. Whether it holds is
// not looked at.
func ReadWaiver(text string) ([]byte, checks.Item, error) {
	e := &envelope{}
	if err := json.Unmarshal([]byte(text), e); err != nil {
		return nil, "", fmt.Errorf("no DSSE envelope: %w", err)
	}
	spelled, err := e.text()
	if err != nil {
		return nil, "", err
	}
	_, g, err := readGrant(spelled)
	if err != nil {
		return nil, "", err
	}
	return spelled, g.Item, nil
}

// end is the moment at which the waiver ceases to hold; zero where Until is no day.
func (g *Grant) end() time.Time {
	day, err := time.Parse(time.DateOnly, g.Until)
	if err != nil {
		return time.Time{}
	}
	return day.AddDate(0, 0, 1)
}

// sound refuses a waiver that nobody may give.
func (g *Grant) sound() error {
	if !slices.ContainsFunc(checks.Checklist, func(l checks.Line) bool { return l.Item == g.Item }) {
		return fmt.Errorf("item %q is not on the checklist, want one such as INT-3; golive checks lists them", g.Item)
	}
	for _, m := range []struct{ name, text string }{{"reason", g.Reason}, {"requester", g.Requester}, {"approver", g.Approver}} {
		if strings.TrimSpace(m.text) == "" || utf8.RuneCountInString(m.text) > 500 || strings.ContainsFunc(m.text, unprintable) {
			return fmt.Errorf("%s %q: want 1 to 500 printable characters", m.name, m.text)
		}
	}
	if strings.EqualFold(unspaced(g.Requester), unspaced(g.Approver)) {
		return fmt.Errorf("%q cannot approve what %q asks for: want four eyes, an approver who is not the requester", g.Approver, g.Requester)
	}
	switch {
	case g.For.Merchant == "" && g.For.ID == "":
		return errors.New("it is for no merchant; want merchant.name and merchant.id as in golive.yaml")
	case g.For.App == "":
		return errors.New("it is for no build of the app; want app.version as in golive.yaml")
	case g.Profile == "":
		return errors.New("it is for no profile, want one such as 2026-02")
	}
	return g.dated()
}

// dated refuses a waiver that holds for no time, or for too long.
func (g *Grant) dated() error {
	first, end := g.Granted.UTC().Truncate(24*time.Hour), g.end()
	switch days := int(end.Sub(first).Hours()/24) - 1; {
	case end.IsZero():
		return fmt.Errorf("until %q is no day, want one such as 2026-12-31", g.Until)
	case days < 0:
		return fmt.Errorf("until %s is before the day on which it is granted, %s", g.Until, first.Format(time.DateOnly))
	case days > LongestGrant:
		return fmt.Errorf("until %s is %d days after the day on which it is granted, want %d at most: %s", g.Until, days, LongestGrant,
			first.AddDate(0, 0, LongestGrant).Format(time.DateOnly))
	}
	return nil
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) }

// unspaced is a name without its blanks.
func unspaced(name string) string { return strings.Join(strings.Fields(name), "") }

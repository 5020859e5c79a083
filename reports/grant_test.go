package reports

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/anton-payments/golive/proxy/recording"
)

// waivable is a grant that holds for the reports of shape.
func waivable() Grant {
	return Grant{
		Item: "INT-8", Reason: "the app never lists payouts", Requester: "Bo, Example Merchant Ltd", Approver: "Ann Smith, Anton Payments",
		Granted: noon.Add(-time.Hour), Until: "2026-12-31", For: Subject{"Example Merchant Ltd", "mer_01", "1.4.2"}, Profile: "2026-02",
	}
}

// granted is a grant's file as it is recorded.
func grantedBy(t testing.TB, k *Key, g Grant) *recording.Waiver {
	t.Helper()
	path := filepath.Join(t.TempDir(), "w.json")
	if err := WriteGrant(path, g, k); err != nil {
		t.Fatal(err)
	}
	return &recording.Waiver{File: "w.json", Text: read(t, path), Key: k.Public}
}

func TestWaiverHolds(t *testing.T) {
	k, _ := key(t, "Anton staff")
	r := shape(nil, nil)
	w := hold(grantedBy(t, k, waivable()), r)
	if w.Refused != "" || w.Grant.Item != "INT-8" || w.Grant.Signer != "Anton staff" || w.KeyID != k.ID {
		t.Errorf("%+v", w)
	}
	last := grantedBy(t, k, waivable())
	last.At = time.Date(2026, 12, 31, 23, 59, 59, 0, time.UTC)
	if w := hold(last, r); w.Refused != "" {
		t.Errorf("on its last day: %s", w.Refused)
	}
}

func TestWaiverRefused(t *testing.T) {
	k, _ := key(t, "Anton staff")
	other, _ := key(t, "Anton staff")
	good := grantedBy(t, k, waivable())
	unsigned, err := func() ([]byte, error) { g := waivable(); p, _ := g.payload(); return enclose(p, nil) }()
	if err != nil {
		t.Fatal(err)
	}
	changed := func(change func(*Grant)) *recording.Waiver {
		g := waivable()
		change(&g)
		return grantedBy(t, k, g)
	}
	for why, w := range map[string]*recording.Waiver{
		"no DSSE envelope":                {Text: []byte("INT-8"), Key: k.Public},
		"no key to hold it against":       {Text: good.Text},
		"no Ed25519 key":                  {Text: good.Text, Key: "anton"},
		"signed with another key":         {Text: good.Text, Key: other.Public},
		"nobody signed it":                {Text: unsigned, Key: k.Public},
		"not spelled as golive spells":    {Text: append(bytes.Clone(good.Text), '\n'), Key: k.Public},
		"does not match its digest":       {Text: bytes.Replace(good.Text, []byte(`"payload": "ey`), []byte(`"payload": "fy`), 1), Key: k.Public},
		"expired on 2026-12-31":           {Text: good.Text, Key: k.Public, At: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)},
		"which was still to come":         changed(func(g *Grant) { g.Granted = noon.Add(time.Hour) }),
		`for the merchant "Other"`:        changed(func(g *Grant) { g.For.Merchant = "Other" }),
		"(mer_02), this is":               changed(func(g *Grant) { g.For.ID = "mer_02" }),
		`for build "1.4.1" of the app`:    changed(func(g *Grant) { g.For.App = "1.4.1" }),
		"for profile 2026-06, this is":    changed(func(g *Grant) { g.Profile = "2026-06" }),
		"its content is no waiver":        {Text: certificateOf(t, k), Key: k.Public},
		"not on the checklist":            forged(t, k, func(g *Grant) { g.Item = "INT-9" }),
		"want four eyes":                  forged(t, k, func(g *Grant) { g.Approver = "bo,example  merchantLTD" }),
		"is 101 days after the day":       forged(t, k, func(g *Grant) { g.Until = "2027-03-01" }),
		`reason "": want 1 to 500`:        forged(t, k, func(g *Grant) { g.Reason = "" }),
		"it is for no build of the app":   forged(t, k, func(g *Grant) { g.For.App = "" }),
		"the signature does not match":    resigned(t, k, other, good),
		`until "soon" is no day`:          forged(t, k, func(g *Grant) { g.Until = "soon" }),
		"before the day on which it is g": forged(t, k, func(g *Grant) { g.Until = "2026-11-19" }),
	} {
		if got := hold(w, shape(nil, nil)); !strings.Contains(got.Refused, why) {
			t.Errorf("want %q, got %q", why, got.Refused)
		}
	}
}

// certificateOf is a certificate that the key signed.
func certificateOf(t testing.TB, k *Key) []byte {
	return read(t, filepath.Join(packed(t, k), certificateFile))
}

// forged is a grant that WriteGrant would not have signed.
func forged(t testing.TB, k *Key, change func(*Grant)) *recording.Waiver {
	t.Helper()
	g := waivable()
	change(&g)
	payload, err := g.payload()
	if err != nil {
		t.Fatal(err)
	}
	text, err := enclose(payload, k)
	if err != nil {
		t.Fatal(err)
	}
	return &recording.Waiver{File: "w.json", Text: text, Key: k.Public}
}

// resigned is the waiver with another's signature under the key's id.
func resigned(t testing.TB, k, other *Key, w *recording.Waiver) *recording.Waiver {
	t.Helper()
	e, payload, err := disclose(w.Text)
	if err != nil {
		t.Fatal(err)
	}
	text, err := enclose(payload, other)
	if err != nil {
		t.Fatal(err)
	}
	theirs, _, err := disclose(text)
	if err != nil {
		t.Fatal(err)
	}
	e.Signatures[0].Sig = theirs.Signatures[0].Sig
	if text, err = e.text(); err != nil {
		t.Fatal(err)
	}
	return &recording.Waiver{File: "w.json", Text: text, Key: k.Public}
}

func TestWriteGrantRefuses(t *testing.T) {
	k, public := key(t, "Anton staff")
	dir := t.TempDir()
	taken := filepath.Join(dir, "taken")
	write(t, taken, []byte("mine"))
	for why, try := range map[string]func() error{
		"public one":     func() error { return WriteGrant(filepath.Join(dir, "a"), waivable(), public) },
		"exists already": func() error { return WriteGrant(taken, waivable(), k) },
		"no folder":      func() error { return WriteGrant(filepath.Join(dir, "nowhere", "a"), waivable(), k) },
		"want four eyes": func() error {
			g := waivable()
			g.Approver = g.Requester
			return WriteGrant(filepath.Join(dir, "b"), g, k)
		},
	} {
		err := try()
		var m *Misuse
		if !errors.As(err, &m) || !strings.Contains(err.Error(), why) {
			t.Errorf("want a misuse with %q, got %v", why, err)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 || string(read(t, taken)) != "mine" {
		t.Errorf("left behind: %v", left)
	}
}

// No byte of a waiver's file can be another, and none be added or taken away.
func TestWaiverByteByByte(t *testing.T) {
	k, _ := key(t, "Anton staff")
	good := grantedBy(t, k, waivable())
	r := shape(nil, nil)
	for i := range good.Text {
		for how, text := range map[string][]byte{
			"changed": append(append(bytes.Clone(good.Text[:i]), good.Text[i]^1), good.Text[i+1:]...),
			"gone":    append(bytes.Clone(good.Text[:i]), good.Text[i+1:]...),
			"twice":   append(bytes.Clone(good.Text[:i+1]), good.Text[i:]...),
		} {
			if w := hold(&recording.Waiver{Text: text, Key: k.Public}, r); w.Refused == "" {
				t.Fatalf("byte %d %s: %s", i, how, text)
			}
		}
	}
}

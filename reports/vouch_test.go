package reports

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/anton-payments/golive/checks"
	"github.com/anton-payments/golive/proxy/recording"
)

// waivedRun is the recording of a run in which nothing was seen, and each item
// is waived with the key k.
func waivedRun(t testing.TB, k *Key) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), recordingFile)
	w, err := recording.Create(path, recording.NewScrub(), recording.Open{
		Version: recording.Version, Tool: "0.1.0", Profile: "2026-02", Run: "GLWAIVED", At: noon, App: "1.4.2",
		Merchant: recording.Merchant{Name: "Example Merchant Ltd", ID: "mer_01"}, Upstream: "embedded", Route: "proxy",
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range checks.Checklist[:13] {
		g := waivable()
		g.Item = l.Item
		if err := w.Append(recording.Event{Waiver: grantedBy(t, k, g)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close("finished"); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestGateOfWaivers(t *testing.T) {
	anton, trusted := key(t, "Anton staff")
	merchant, theirs := key(t, "Example Merchant Ltd")
	wanted := Wanted{Now: noon.Add(time.Hour), App: "1.4.2"}
	bundled := func(waives *Key) string {
		dir := filepath.Join(t.TempDir(), "b")
		if err := Pack(waivedRun(t, waives), dir, merchant); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	good, own := bundled(anton), bundled(merchant)

	refused := func(bundle string, antons []*Key, why string) {
		t.Helper()
		wanted.Antons = antons
		if g, err := Gate(bundle, wanted, theirs, trusted); err != nil || g.Passes || !strings.Contains(g.Reason, why) {
			t.Errorf("%+v, %v, want %q", g, err, why)
		}
	}
	refused(good, nil, "INT-1 is waived, and no key of Anton's is named to hold that against")
	refused(good, []*Key{theirs}, "INT-1 is waived with a key that is not trusted")
	refused(own, []*Key{trusted}, "INT-1 is waived with a key that is not trusted") // the merchant waives for itself

	wanted.Antons = []*Key{trusted}
	g, err := Gate(good, wanted, theirs)
	if err != nil || !g.Passes || !strings.Contains(g.Reason, "with 13 items waived, build 1.4.2") {
		t.Errorf("%+v, %v", g, err)
	}
	if want := noon.Add(Fresh); !g.Until.Equal(want) {
		t.Errorf("good until %s, want %s", g.Until, want)
	}
	if b, err := Open(good); err != nil || b.Report.Decision.Certificate != Certified {
		t.Errorf("without keys: %v", err)
	}
}

// A waiver that has expired since lets nothing through, whatever it was worth then.
func TestWaiversStillValid(t *testing.T) {
	r := shape(failing, waivedAll)
	anton := []*Key{fixedKey("Anton staff")}
	until, err := standing(r, anton, noon)
	if err != nil || until.Format(time.DateTime) != "2026-12-31 23:59:59" {
		t.Errorf("%s, %v", until, err)
	}
	if _, err := standing(r, anton, until.Add(time.Second)); err == nil || !strings.Contains(err.Error(), "the waiver of INT-3 has expired on 2026-12-31") {
		t.Errorf("%v", err)
	}
	if err := Accept(r, Wanted{Now: noon, App: "1.4.2"}); err == nil || !strings.Contains(err.Error(), "INT-3 is waived, and no key of Anton") {
		t.Errorf("%v", err)
	}
	if err := Accept(r, Wanted{Now: noon, App: "1.4.2", Antons: anton}); err != nil {
		t.Error(err)
	}
	// One trusted and expired, one valid and a stranger's: the two do not add up.
	for i := range r.Waivers {
		if w := &r.Waivers[i]; w.Refused == "" && w.Grant.Item == checks.Pagination && w.Grant.Until == "2026-12-31" {
			w.KeyID = "another"
		}
	}
	if _, err := standing(r, anton, noon.AddDate(0, 0, 1)); err == nil || !strings.Contains(err.Error(), "the waiver of INT-8 has expired on 2026-11-20") {
		t.Errorf("%v", err)
	}
	if until, err := standing(shape(nil, nil), nil, noon); err != nil || !until.IsZero() {
		t.Errorf("of a report without waivers: %s, %v", until, err)
	}
}

// A waiver that appears or goes is told between two reports; one that goes makes it worse.
func TestChangesOfWaivers(t *testing.T) {
	plain, waived := shape(failing, attempts), shape(failing, waivedAll)
	if c := Compare(plain, waived); c.Worse || !strings.Contains(strings.Join(c.Notes, "\n"), "INT-3 is waived until 2026-12-31 by Ann Smith") {
		t.Errorf("%+v", c)
	}
	if c := Compare(waived, plain); !c.Worse || !strings.Contains(strings.Join(c.Notes, "\n"), "INT-3 is no longer waived") {
		t.Errorf("%+v", c)
	}
}

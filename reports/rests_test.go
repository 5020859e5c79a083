package reports

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/anton-payments/golive/checks"
	"github.com/anton-payments/golive/proxy/recording"
)

// crossed is the bundle of a cutover, signed by k, that rests on a sandbox
// certificate and has each item waived by the same key.
func crossed(t *testing.T, k *Key, c recording.Certificate) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), recordingFile)
	const host = "api.antonpayments.com"
	w, err := recording.Create(path, recording.NewScrub(), recording.Open{
		Version: recording.Version, Tool: "0.1.0", Profile: "2026-02", Run: "CUWAIVED", At: noon, App: "1.4.2",
		Merchant: recording.Merchant{Name: "Example Merchant Ltd", ID: "mer_01"}, Upstream: host,
		Sections: []string{string(checks.Cutover), string(checks.Launch)}, Production: &recording.Production{Host: host, Key: recording.KindLiveKey},
	})
	if err != nil {
		t.Fatal(err)
	}
	events := []recording.Event{{Certificate: &c}}
	for _, l := range checks.Checklist[13:] {
		g := waivable()
		g.Item = l.Item
		events = append(events, recording.Event{Waiver: grantedBy(t, k, g)})
	}
	for _, e := range events {
		if err := w.Append(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close("finished"); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "live")
	if err := Pack(path, dir, k); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A cutover is worth no more than the sandbox certificate that it rests on.
func TestGateOfCarriedCertificates(t *testing.T) {
	anton, trusted := key(t, "Anton staff")
	_, stranger := key(t, "Mallory")
	wanted := Wanted{Now: noon.Add(time.Hour), App: "1.4.2", Antons: []*Key{trusted}}
	signed := recording.Certificate{
		Decision: Certified, Run: "GL1", At: noon.Add(-time.Hour), App: "1.4.2", Profile: "2026-02", Digest: "d1", Signer: "Anton staff", KeyID: trusted.ID,
	}
	sandbox := filepath.Join(t.TempDir(), "sandbox")
	if err := Pack(waivedRun(t, anton), sandbox, anton); err != nil {
		t.Fatal(err)
	}
	b, err := Open(sandbox)
	if err != nil {
		t.Fatal(err)
	}
	given := func(c recording.Certificate) recording.Certificate { c.Digest = b.Report.Recording.Digest; return c }
	for name, c := range map[string]struct {
		change func(recording.Certificate) recording.Certificate
		beside bool   // the sandbox's bundle is given too
		why    string // "": it passes
	}{
		"signed":           {func(c recording.Certificate) recording.Certificate { return c }, false, ""},
		"unsigned":         {func(c recording.Certificate) recording.Certificate { c.Signer, c.KeyID = "", ""; return c }, false, "run GL1, which nobody signed"},
		"strange":          {func(c recording.Certificate) recording.Certificate { c.KeyID = stranger.ID; return c }, false, "signed by another key"},
		"old":              {func(c recording.Certificate) recording.Certificate { c.At = noon.Add(-Fresh); return c }, false, "which has expired"},
		"waived":           {func(c recording.Certificate) recording.Certificate { c.Waived = []string{"INT-8"}; return c }, false, "with INT-8 waived; give the bundle"},
		"waived, given":    {func(c recording.Certificate) recording.Certificate { c.Waived = []string{"INT-8"}; return given(c) }, true, ""},
		"unsigned, given":  {func(c recording.Certificate) recording.Certificate { c.KeyID = ""; return given(c) }, true, ""},
		"another is given": {func(c recording.Certificate) recording.Certificate { c.KeyID = ""; return c }, true, "which nobody signed"},
	} {
		t.Run(name, func(t *testing.T) {
			dirs := []string{crossed(t, anton, c.change(signed))}
			if c.beside {
				dirs = append(dirs, sandbox)
			}
			all, err := Gates(dirs, wanted, trusted)
			if err != nil || all[0].Passes != (c.why == "") || !strings.Contains(all[0].Reason, c.why) {
				t.Errorf("%+v, %v, want %q", all[0], err, c.why)
			}
		})
	}
}

// Bundles of two merchants say nothing about either.
func TestGateOfTwoMerchants(t *testing.T) {
	anton, trusted := key(t, "Anton staff")
	dirs := []string{filepath.Join(t.TempDir(), "one"), filepath.Join(t.TempDir(), "other")}
	for i, whose := range []string{"mer_01", "mer_02"} {
		path := filepath.Join(t.TempDir(), recordingFile)
		open := recording.Open{
			Version: recording.Version, Tool: "0.1.0", Profile: "2026-02", Run: "GL1", At: noon, App: "1.4.2",
			Merchant: recording.Merchant{Name: "Example Merchant Ltd", ID: whose}, Upstream: "embedded",
		}
		w, err := recording.Create(path, recording.NewScrub(), open)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range checks.Checklist[:13] {
			g := waivable()
			g.Item, g.For.ID = l.Item, whose
			if err := w.Append(recording.Event{Waiver: grantedBy(t, anton, g)}); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close("finished"); err != nil {
			t.Fatal(err)
		}
		if err := Pack(path, dirs[i], anton); err != nil {
			t.Fatal(err)
		}
	}
	wanted := Wanted{Now: noon.Add(time.Hour), App: "1.4.2", Antons: []*Key{trusted}}
	all, err := Gates(dirs, wanted, trusted)
	if err != nil || !all[0].Passes || all[1].Passes || !strings.Contains(all[1].Reason, "one is of \"Example Merchant Ltd\" (mer_01); ask about one merchant at a time") {
		t.Errorf("%+v, %v", all, err)
	}
	wanted.ID = "mer_02"
	if all, err = Gates(dirs, wanted, trusted); err != nil || all[0].Passes || !all[1].Passes {
		t.Errorf("%+v, %v", all, err)
	}
}

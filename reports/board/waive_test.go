package board

import (
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anton-payments/golive/checks"
	"github.com/anton-payments/golive/proxy/recording"
	"github.com/anton-payments/golive/reports"
)

// granted is the text of a waiver that Anton signed for the stage's run, changed
// where the caller likes.
func (s *stage) granted(t testing.TB, item checks.Item, change func(*reports.Grant)) string {
	t.Helper()
	dir := t.TempDir()
	if s.anton == nil {
		var err error
		if s.anton, err = reports.NewKey("Anton staff", filepath.Join(dir, "anton.key")); err != nil {
			t.Fatal(err)
		}
	}
	g := reports.Grant{
		Item: item, Reason: "the app never lists payouts", Requester: "Bo", Approver: "Ann Smith", Granted: noon.Add(-time.Hour),
		Until: "2026-12-31", For: reports.Subject{Merchant: "Example Merchant Ltd", App: "1.4.2"}, Profile: "2026-02",
	}
	if change != nil {
		change(&g)
	}
	path := filepath.Join(dir, "w.json")
	if err := reports.WriteGrant(path, g, s.anton); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// waive gives a waiver to the board, as a recording would.
func (s *stage) waive(file string, text []byte) {
	s.Take(recording.Event{Waiver: &recording.Waiver{File: file, Text: text, Key: s.anton.Public, At: noon.Add(time.Minute)}})
}

// shows waits until a page shows every text.
func (v *visitor) shows(t testing.TB, path string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		eventually(t, text+" at "+path, func() bool {
			_, page := v.ask(t, "GET", path, "", nil)
			return strings.Contains(page, text)
		})
	}
}

// Waivers of golive.yaml stand on the item and in its sheet: the one that holds
// with reason, approver and expiry, a refused one with the reason for that.
func TestWaiversShown(t *testing.T) {
	s := newStage(t)
	v := s.as(t, "view", s.Viewer)
	v.shows(t, "at/INT-8", "Not waived.")
	s.waive("w/int-8.json", []byte(s.granted(t, checks.Pagination, nil)))
	s.waive("w/int-4.json", []byte(s.granted(t, checks.Amounts, func(g *reports.Grant) { g.For.App = "1.4.1" })))
	s.waive("w/noise.json", []byte("noise"))
	v.shows(t, "", `<span class="pen waived">waived until 2026-12-31 by Ann Smith: the app never lists payouts</span>`,
		`<span class="pen refused">waiver refused: it is for build &#34;1.4.1&#34; of the app, this is &#34;1.4.2&#34;</span>`,
		"Waiver w/noise.json refused: no DSSE envelope", "12 open · 1 waived", "waiver loaded")
	v.shows(t, "at/INT-8", "Waived until <b>2026-12-31</b> by <b>Ann Smith</b>: the app never lists payouts", "asked for by Bo", "signed by Anton staff, key")
	v.shows(t, "at/INT-4", "Refused, w/int-4.json: it is for build", "until 2026-12-31, approved by Ann Smith: the app never lists payouts")
	v.shows(t, "at/w2", "w/int-4.json", "asked for by", "it is for build")
	if _, sheet := v.ask(t, "GET", "at/INT-8", "", nil); strings.Contains(sheet, "<form") {
		t.Error("who looks on is shown a form")
	}
}

// A presenter loads the text of a waiver, however its lines came through.
func TestWaiverLoaded(t *testing.T) {
	s := newStage(t)
	p, view := s.as(t, "present", s.Presenter), s.as(t, "view", s.Viewer)
	text := s.granted(t, checks.Pagination, nil)
	form := func(text string) string { return url.Values{"waiver": {text}, "file": {"int-8.json"}}.Encode() }
	for _, c := range []struct {
		who  *visitor
		text string
		code int
		says string
	}{
		{view, text, 403, "only the presenter acts"},
		{p, "", 409, "that is no waiver: no DSSE envelope"},
		{p, `{"payloadType":"application/vnd.in-toto+json","payload":"e30=","signatures":[],"sha256":""}`, 409, "that is no waiver: changed"},
		{p, strings.Repeat(" ", 70<<10) + text, 400, "could not be read"},
		{p, strings.ReplaceAll(text, "\n", "\r\n") + "\r\n", 200, "waiver of INT-8 loaded"},
	} {
		if code, body := c.who.ask(t, "POST", "do/waive", form(c.text), nil); code != c.code || !strings.Contains(body, c.says) {
			t.Errorf("%.40q: %d %q, want %d %q", c.text, code, body, c.code, c.says)
		}
	}
	p.shows(t, "at/INT-8", "Waived until <b>2026-12-31</b>", "int-8.json, signed by Anton staff")
	if did := s.done(); !slices.Equal(did, []string{"waive int-8.json"}) {
		t.Errorf("was done: %q", did)
	}
	if got := string(s.rec.Waivers[0].Text); got != text {
		t.Errorf("recorded\n%s\nwant what was signed\n%s", got, text)
	}
}

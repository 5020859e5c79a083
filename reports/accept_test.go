package reports

import (
	"strings"
	"testing"
	"time"

	"github.com/anton-payments/golive/checks"
)

// TestAccept holds a sandbox's certificate against what a cutover wants, one
// thing wrong at a time: each is refused for its own reason, and the right one
// is taken, to the last moment of its 30 days.
func TestAccept(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name string
		with func(*Report, *Wanted)
		want string // of the reason; empty: taken
	}{
		{"all is well", func(*Report, *Wanted) {}, ""},
		{"exactly 30 days old", func(r *Report, _ *Wanted) { r.At = now.Add(-Fresh) }, ""},
		{"a moment older", func(r *Report, _ *Wanted) { r.At = now.Add(-Fresh - time.Second) }, "it has expired: the run began on 2026-10-21, 30 days ago"},
		{"clocks apart", func(r *Report, _ *Wanted) { r.At = now.Add(skew) }, ""},
		{"from the future", func(r *Report, _ *Wanted) { r.At = now.Add(skew + time.Second) }, "is still to come"},
		{"not certified", func(r *Report, _ *Wanted) { r.Decision.Certificate = NotCertified }, "it is not certified: "},
		{"incomplete", func(r *Report, _ *Wanted) { r.Decision.Certificate = Incomplete }, "it is incomplete: "},
		{"integration alone", func(r *Report, _ *Wanted) { r.Decision.Sections = r.Decision.Sections[:1] }, "it does not certify the section security"},
		{"security alone", func(r *Report, _ *Wanted) { r.Decision.Sections = r.Decision.Sections[1:] }, "it does not certify the section integration"},
		{"no section", func(r *Report, _ *Wanted) { r.Decision.Sections = nil }, "it does not certify the section integration"},
		{"of production", func(r *Report, _ *Wanted) { r.Production = &Production{} }, "it is of a look at production"},
		{"of no build", func(r *Report, _ *Wanted) { r.Subject.App = "" }, "it names no build of the app"},
		{"no build anywhere", func(r *Report, w *Wanted) { r.Subject.App, w.App = "", "" }, "it names no build of the app"},
		{"another build", func(_ *Report, w *Wanted) { w.App = "1.4.3" }, `it is of build "1.4.2" of the app, this is "1.4.3"`},
		{"another profile", func(_ *Report, w *Wanted) { w.Profile = "2026-04" }, "it is for profile 2026-02, golive.yaml has 2026-04"},
		{"another merchant", func(_ *Report, w *Wanted) { w.Merchant = "Other Ltd" }, "it is of the merchant "},
		{"another merchant's id", func(_ *Report, w *Wanted) { w.ID = "mer_02" }, "it is of the merchant "},
		{"no merchant asked for", func(_ *Report, w *Wanted) { w.Merchant, w.ID, w.Profile = "", "", "" }, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := &Report{
				At: now.Add(-time.Hour), Profile: "2026-02", Subject: Subject{Merchant: "Example Ltd", ID: "mer_01", App: "1.4.2"},
				Decision: Decision{Certificate: Certified, Sections: []checks.Section{checks.Integration, checks.Security}},
			}
			w := Wanted{Now: now, App: "1.4.2", Profile: "2026-02", Merchant: "Example Ltd", ID: "mer_01"}
			tt.with(r, &w)
			err := Accept(r, w)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

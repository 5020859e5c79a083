package reports

import (
	"fmt"
	"slices"
	"time"

	"github.com/anton-payments/golive/checks"
	"github.com/anton-payments/golive/proxy/recording"
)

// Fresh is how long a certificate is good for, from the beginning of its run.
const Fresh = 30 * 24 * time.Hour

// skew is how far two honest clocks may be apart.
const skew = 5 * time.Minute

// Wanted is whom a certificate has to be about. An empty member asks for
// nothing, but for App: a certificate of no version is of no build.
type Wanted struct {
	Now      time.Time // the caller's clock
	App      string    // app.version
	Profile  string
	Merchant string
	ID       string // the merchant's
	Antons   []*Key // Anton's keys, with which waivers count; without any none does
}

// Accept refuses a sandbox certificate that is not good for what is wanted; the
// error says why and what to do. It looks at the report alone: that its bundle
// stands and who signed it is another question (Open).
func Accept(r *Report, w Wanted) error {
	lacking := slices.DeleteFunc([]checks.Section{checks.Integration, checks.Security}, func(s checks.Section) bool {
		return slices.Contains(r.Decision.Sections, s)
	})
	switch {
	case r.Production != nil:
		return fmt.Errorf("it is of a look at production, want the certificate of a sandbox run; golive certify makes one")
	case r.Decision.Certificate != Certified:
		return fmt.Errorf("it is %s: %s; mend that and run golive certify again", r.Decision.Certificate, r.Decision.Because)
	case len(lacking) > 0:
		return fmt.Errorf("it does not certify the section %s; run golive certify for integration and security", lacking[0])
	}
	return good(r, w, "golive certify")
}

// good refuses a certificate that is too old, rests on waivers that do not stand,
// or is about something else.
func good(r *Report, w Wanted, again string) error {
	if err := fresh(r, w.Now, again); err != nil {
		return err
	}
	if _, err := standing(r, w.Antons, w.Now); err != nil {
		return err
	}
	return about(r, w)
}

// fresh refuses a report that is too old, or from the future.
func fresh(r *Report, now time.Time, again string) error {
	age := now.Sub(r.At)
	if age > Fresh {
		return fmt.Errorf("it has expired: the run began on %s, %d days ago, and it is good for %d; run %s again",
			r.At.Format(time.DateOnly), int(age.Hours()/24), int(Fresh.Hours()/24), again)
	}
	if age < -skew {
		return fmt.Errorf("its run began on %s, which is still to come; set the clock of one of the machines", r.At.Format(time.RFC3339))
	}
	return nil
}

// about refuses a certificate of another app, merchant or profile.
func about(r *Report, w Wanted) error {
	switch {
	case r.Subject.App == "":
		return fmt.Errorf("it names no build of the app; set app.version in golive.yaml and run golive certify again")
	case r.Subject.App != w.App:
		return fmt.Errorf("it is of build %q of the app, this is %q; certify the build that goes to production, or set app.version", r.Subject.App, w.App)
	case w.Profile != "" && r.Profile != w.Profile:
		return fmt.Errorf("it is for profile %s, golive.yaml has %s; certify with that profile", r.Profile, w.Profile)
	case w.Merchant != "" && r.Subject.Merchant != w.Merchant || w.ID != "" && r.Subject.ID != w.ID:
		return fmt.Errorf("it is of the merchant %s, golive.yaml has %s", named(r.Subject.Merchant, r.Subject.ID), named(w.Merchant, w.ID))
	}
	return nil
}

func named(name, id string) string {
	if id == "" {
		return fmt.Sprintf("%q", name)
	}
	return fmt.Sprintf("%q (%s)", name, id)
}

// Carry is what a cutover takes over from the report of a sandbox run: verdicts,
// and the ids that the sandbox gave out, of the very recording that was judged.
func Carry(r *Report) *recording.Certificate {
	c := &recording.Certificate{
		Decision: r.Decision.Certificate, Sections: names(r.Decision.Sections), Run: r.Run, At: r.At,
		App: r.Subject.App, Profile: r.Profile, Digest: r.Recording.Digest, IDs: checks.SandboxIDs(r.recording), Waived: names(r.Decision.Waived),
	}
	for _, v := range r.Verdicts {
		past := recording.PastVerdict{
			Check: v.Check, Outcome: v.Outcome.String(), Reason: v.Reason, Seen: len(v.Seen), Missing: v.Missing,
		}
		for _, f := range v.Findings {
			past.Findings = append(past.Findings, recording.PastFinding{Ref: f.Ref, Text: f.Text, Shown: r.description(f.Ref), Advice: f.Advice})
		}
		c.Verdicts = append(c.Verdicts, past)
	}
	return c
}

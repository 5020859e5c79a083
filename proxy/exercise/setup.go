package exercise

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/config"
	"github.com/anton-payments/golive/proxy/recording"
)

// Setup is what a run is made from.
type Setup struct {
	Config *config.Config
	Dir    string // folder of all runs; each makes its own in it
	Tool   string // golive's version
	// Upstream is where Anton answers; unused when Embedded is set.
	Upstream Upstream
	// Embedded starts the embedded sandbox with the run's key and secret; its
	// deliveries go through the transport, which records them. stop ends it.
	Embedded func(key, secret string, deliver http.RoundTripper) (at Upstream, stop func(), err error)
	// Undecided and Breaker look at the retries so far: whether more operations
	// would decide, and whether a circuit breaker hides the delays. nil: no.
	Undecided func(*recording.Recording) bool
	Breaker   func(*recording.Recording) bool
	Only      []recording.Exercise // a narrowed run; empty: the whole plan
	Passive   bool                 // no exercises: record until the context is done or the app ends
	Sections  []string             // what is asked for
	Waivers   []recording.Waiver   // those that golive.yaml names, as they were read
	WaiverKey string               // the key that others are to be signed with, Ed25519, hex; empty: none is taken in
	Files     fs.FS                // what app.source and app.public name; nil: files in app.dir
	Signs     *Signs               // examine the set-up instead of exercising the app, and note here what shows; nil: exercise
	Ready     time.Duration        // how long the app may take to be ready; 0: 30 s
	ByHand    time.Duration        // how long a person may take for a step that has no action; 0: nobody is asked
	Keys      io.Reader            // what the person types; nil: nobody types
	Narrate   io.Writer            // progress; nil: none
	// Size is the size of the terminal that Narrate is, each time anew; see
	// Terminal. nil: Narrate is none, and progress is plain lines.
	Size func() (columns, rows int)
	// Attend is given what a person may do once the app is ready; the run then goes
	// on until they end it. nil: nobody attends, and the run ends with its plan.
	Attend func(Hands)
	OnCall bool                  // attended: no exercise runs but those that a person asks for
	Hear   func(recording.Event) // every event from the first, as it stands in the recording; nil: nobody listens
	Tell   func(Step)            // how the plan comes along, one step at a time; nil: nobody listens
	Echo   io.Writer             // the app's output, scrubbed; nil: none
}

// Result is what a run leaves.
type Result struct {
	Recording   string // path of the recording
	Interrupted bool   // the context ended before the plan did
}

// Unusable is trouble with the set-up that the user can mend: configuration,
// app, upstream. Everything else that Run returns is the harness's own trouble.
type Unusable struct{ Err error }

func (u *Unusable) Error() string { return u.Err.Error() }
func (u *Unusable) Unwrap() error { return u.Err }

func unusable(format string, args ...any) error { return &Unusable{fmt.Errorf(format, args...)} }

// IsUnusable reports whether an error is the set-up's.
func IsUnusable(err error) bool {
	var u *Unusable
	return errors.As(err, &u)
}

// guard refuses faults and exercises before money: production, or a live key.
func (s *Setup) guard(p *anton.Profile) error {
	if s.Embedded != nil {
		return nil
	}
	if u := s.Upstream.URL; u == nil || u.Host == "" {
		return unusable("upstream: no address; set upstream in golive.yaml to embedded or a URL")
	}
	if strings.EqualFold(s.Upstream.URL.Hostname(), p.Production) {
		return unusable("upstream %s is production: golive sends no exercise there; use the sandbox %s", s.Upstream.URL.Host, p.Sandbox)
	}
	if strings.HasPrefix(s.Upstream.Key, "ak_live_") {
		return unusable("the upstream key is a live key: golive sends no exercise with it; use an ak_test_ key")
	}
	return nil
}

// open is the recording's first line.
func (s *Setup) open(run, handed string) recording.Open {
	c := s.Config
	o := recording.Open{
		Version: recording.Version, At: time.Now().UTC(), Tool: s.Tool, Profile: c.Profile, Run: run,
		Merchant: recording.Merchant{Name: c.Merchant.Name, ID: c.Merchant.ID}, App: c.App.Version,
		Upstream: s.Upstream.Name, Route: c.App.Route, Handed: handed, Actions: s.actions(),
		Registration: c.Webhook.Registration, Patience: c.Patience, Concurrency: c.Concurrency,
		Currencies: c.Currencies, Sections: s.Sections, Exercises: s.Only,
	}
	if s.Embedded != nil {
		o.Upstream = "embedded"
	}
	return o
}

func (s *Setup) actions() []string {
	var names []string
	for _, name := range []string{"pay", "list", "status", "effects", "cancel"} {
		if s.Config.Actions.Named(name) != nil {
			names = append(names, name)
		}
	}
	return names
}

// Package doctor names what is wrong with a set-up: from the signs of one short
// run it tells whether the app reached Anton through the proxy, trusting the
// run's certificate, with the key that it was handed, and whether what
// golive.yaml says of the app is so. A judgement over what was seen: nothing here
// touches the world.
package doctor

import (
	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/config"
	"github.com/anton-payments/golive/proxy/exercise"
	"github.com/anton-payments/golive/proxy/project"
	"github.com/anton-payments/golive/proxy/recording"
)

// Case is a set-up that was examined.
type Case struct {
	Config  *config.Config
	Profile *anton.Profile
	Stack   project.Stack
	Signs   exercise.Signs
	// Base are the signs of the same app on the route base_url, taken when nothing
	// came by the other; nil: not tried.
	Base *exercise.Signs
}

// Fault is one thing that is wrong with a set-up.
type Fault struct {
	Title string   `json:"title"`          // what is wrong, in one line
	Seen  []string `json:"seen,omitempty"` // by what it shows
	Cause string   `json:"cause,omitempty"`
	Cures []string `json:"cures,omitempty"` // any of them helps, the likeliest first
}

// Diagnosis is what the signs come to.
type Diagnosis struct {
	Faults []Fault  `json:"faults"` // the first is the one to mend first
	Well   []string `json:"well"`   // what was looked at and is well
	Unseen []string `json:"unseen"` // what could not be looked at
}

// stage is one question about the set-up. Its answer is a fault or, in a few
// words, what is well; neither: it could not be seen.
type stage struct {
	about string
	look  func(*Case) (fault *Fault, well string)
	bars  bool // a fault here keeps those below from being seen
}

// stages are the way from the start of the app to its webhook.
var stages = []stage{
	{"the app's start", (*Case).started, true},
	{"the app's clock", (*Case).appClock, false},
	{"this machine's clock", (*Case).ownClock, false},
	{"trust in the run's certificate", (*Case).trusts, true},
	{"calls to Anton", (*Case).arrived, true},
	{"Anton's host", (*Case).addressed, true},
	{"the key", (*Case).keyed, true},
	{"the app's life", (*Case).lives, true},
	{"the pay action", (*Case).paid, true},
	{"the actions of golive.yaml", (*Case).complete, false},
	{"the status action", asked("status"), false},
	{"the list action", asked("list"), false},
	{"the effects action", asked("effects"), false},
	{"the cancel action", asked("cancel"), false},
	{"the webhook's registration", (*Case).registered, false},
	{"a genuine webhook", (*Case).delivered, false},
}

// Diagnose asks every question that can still be answered.
func Diagnose(c *Case) Diagnosis {
	d := Diagnosis{Faults: []Fault{}, Well: []string{}, Unseen: []string{}}
	barred := false
	for _, s := range stages {
		if barred {
			d.Unseen = append(d.Unseen, s.about)
			continue
		}
		fault, well := s.look(c)
		switch {
		case fault != nil:
			d.Faults = append(d.Faults, *fault)
			barred = s.bars
		case well != "":
			d.Well = append(d.Well, well)
		}
	}
	return d
}

// Unheard reports whether nothing of an app that runs was heard on the way to
// Anton: reason to try the other route.
func (c *Case) Unheard() bool {
	s := c.Signs
	return len(s.Seen.Exchanges)+len(s.Seen.Handshakes)+len(s.Passed) == 0 && c.startedBy() && !c.silent() &&
		(c.Config.Actions.Pay != nil || s.Trouble != "") && c.Config.App.Route == config.RouteProxy
}

// startedBy reports whether golive started the app, and it lives.
func (c *Case) startedBy() bool {
	return c.mark(recording.MarkStarted) != nil && c.mark(recording.MarkExited) == nil
}

// mark is the first mark of a kind; nil: none.
func (c *Case) mark(kind recording.MarkKind) *recording.Mark {
	for _, m := range c.Signs.Seen.Marks {
		if m.Kind == kind {
			return m
		}
	}
	return nil
}

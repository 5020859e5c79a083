// Package exercise puts the app into every situation of the checklist. An
// exercise is a value: what it needs, what it does. The scheduler runs those
// that cannot disturb each other side by side and the others alone.
package exercise

import (
	"cmp"
	"context"
	"time"

	"github.com/anton-payments/golive/proxy/recording"
)

// Phase says beside what an exercise may run.
type Phase int

const (
	// First runs before everything else: if a plain operation does not work,
	// nothing else is worth trying.
	First Phase = iota
	// Together: faults are armed for one operation, so any number may run.
	Together
	// Alone: it may legally slow the whole app, or it cannot be told apart by operation.
	Alone
)

// Exercise is one situation, as the plan carries it out.
type Exercise struct {
	Name  recording.Exercise
	Title string // what happens, for the person who watches
	Phase Phase
	// Actions of golive.yaml without which it cannot be done; "a|b": either.
	Actions []string
	// Steers: it needs payouts held or walked to a status, so the embedded sandbox.
	Steers bool
	// Restarts: it needs an app that the harness started.
	Restarts bool
	If       func(*bench) bool // whether it is called for; nil: always
	Lasts    time.Duration     // what it takes a correct app, about
	Single   time.Duration     // the same where operations run one at a time; 0: Lasts
	Run      func(context.Context, *bench) error
}

// plan is every exercise, in order of phase.
var plan []*Exercise

// Plan gives the exercises to run: all of them, or those named. Pay is always
// among them: it is the control that tells a broken set-up from a wrong app.
func Plan(only []recording.Exercise) []*Exercise {
	wanted := map[recording.Exercise]bool{recording.Pay: true}
	for _, name := range only {
		wanted[name] = true
	}
	var chosen []*Exercise
	for _, phase := range []Phase{First, Together, Alone} {
		for _, name := range recording.Exercises {
			x := byName(name)
			if x != nil && x.Phase == phase && (len(only) == 0 || wanted[name]) {
				chosen = append(chosen, x)
			}
		}
	}
	return chosen
}

func byName(name recording.Exercise) *Exercise {
	for _, x := range plan {
		if x.Name == name {
			return x
		}
	}
	return nil
}

// Expected is about how long a plan takes a correct app: the longest of those
// side by side, and the others one after the other; single: all one by one.
func Expected(chosen []*Exercise, single bool) time.Duration {
	var longest, rest time.Duration
	for _, x := range chosen {
		if single {
			rest += cmp.Or(x.Single, x.Lasts)
			continue
		}
		if x.Phase == Together {
			longest = max(longest, x.Lasts)
			continue
		}
		rest += x.Lasts
	}
	return longest + rest
}

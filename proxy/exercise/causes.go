package exercise

import (
	"fmt"
	"strings"

	"github.com/anton-payments/golive/proxy/recording"
)

// cause keeps many checks from being judged, and is told once.
type cause struct {
	name   string // as recording.MarkCause has it
	text   string // what is wrong
	do     string // what mends it
	reason string // why exercises are left out for it
}

// unfit tells why an exercise cannot be done here, and what would help.
func (b *bench) unfit(x *Exercise) (reason, do string) {
	if c := b.hopeless(x.Phase); c != nil {
		return c.reason, c.do
	}
	for _, names := range x.Actions {
		if !b.hasAction(names) && !b.byHand(names) {
			left := b.lacks(names)
			return left.reason, left.do
		}
	}
	if x.Steers && b.upstream.Control == "" {
		return "only the embedded sandbox can steer payouts", "run it with upstream: embedded"
	}
	if x.Restarts && b.app == nil {
		return "the app was not started by golive", "give app.command, or the command after --"
	}
	return "", ""
}

// lacks tells of an action that is missing and that nobody does by hand.
func (b *bench) lacks(action string) *leftOut {
	left := missing(action)
	b.tell(&cause{"no-action", fmt.Sprintf("golive.yaml has no %s action", action), "add it under actions", left.reason})
	return left
}

func (b *bench) hasAction(names string) bool {
	for name := range strings.SplitSeq(names, "|") {
		if b.config.Actions.Named(name) != nil {
			return true
		}
	}
	return false
}

// hopeless is what makes everything that is yet to come not worth a try; nil:
// nothing. Before plain payouts were tried it is only that the app is gone. What
// was found once stays.
func (b *bench) hopeless(before Phase) *cause {
	b.lostMu.Lock()
	defer b.lostMu.Unlock()
	if b.lost != nil {
		return b.lost
	}
	b.lost = b.vanished()
	if b.lost == nil && before > First {
		b.lost = b.distrusted()
	}
	if b.lost == nil && before > First {
		b.lost = b.unknown()
	}
	if b.lost != nil {
		b.tell(b.lost)
	}
	return b.lost
}

// vanished: the app ended by itself.
func (b *bench) vanished() *cause {
	if b.app == nil {
		return nil
	}
	select {
	case <-b.app.Exited():
		for _, line := range b.app.Tail(5) {
			b.say("app | %s", line)
		}
		return &cause{"app-gone", "the app ended by itself", "see its last lines above, mend it and run golive certify again", "the app had ended by itself"}
	default:
		return nil
	}
}

// distrusted: the app reached the proxy and sent nothing, for it does not trust
// the run's authority.
func (b *bench) distrusted() *cause {
	how, likely := b.proxy.Distrust()
	if !likely || b.proxy.Calls() > 0 {
		return nil
	}
	return &cause{"ca-not-trusted", "the app does not trust the run's certificate authority: " + how,
		"let its HTTP client take its authorities from SSL_CERT_FILE, or from what its stack has for it; golive doctor names that",
		"the app does not trust the run's certificate authority"}
}

// unknown: Anton answered 401 to all calls, none of which was our doing.
func (b *bench) unknown() (c *cause) {
	b.watch.look(func(r *recording.Recording) {
		all := len(r.Exchanges) > 0
		for _, x := range r.Exchanges {
			all = all && x.Fault == nil && x.Status() == 401
		}
		if all {
			c = &cause{"unauthorized", "Anton answered 401 to every call of the app",
				"let the app take its key from " + b.config.App.Variables.APIKey + ", where golive puts it, and send it as Authorization: Bearer",
				"Anton knows no key of the app's"}
		}
	})
	return c
}

// tell marks a cause, once.
func (b *bench) tell(c *cause) {
	known := false
	b.watch.look(func(r *recording.Recording) {
		for _, m := range r.Marks {
			known = known || m.Kind == recording.MarkCause && m.Facts["text"] == c.text
		}
	})
	if known {
		return
	}
	b.say("! %s; %s", c.text, c.do)
	// A recording that cannot be written ends the run where it is noticed next.
	_ = b.writer.Mark(recording.Mark{Kind: recording.MarkCause, Facts: facts{"cause": c.name, "text": c.text, "do": c.do, "reason": c.reason}})
}

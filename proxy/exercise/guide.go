package exercise

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
)

// What golive.yaml has no action for, a person does by hand: told what, waited
// for, judged like the rest. Steps come one at a time.

// hands is the person. The zero value is nobody.
type hands struct {
	limit  time.Duration // for each step; 0: nobody is asked
	keys   io.Reader     // what is typed; nil: nobody types
	typed  chan string   // lines of it, in lower case; nil: not read yet
	done   int           // steps that were done
	undone int           // steps in a row whose time was over
	gone   bool          // nobody is asked any more
}

// leftOut ends an exercise that nobody did.
type leftOut struct {
	reason, do string
	action     string // that golive.yaml lacks; "": the person did not want to
}

func (l *leftOut) Error() string { return l.reason }

// handsAt is who can be asked: nobody who hears nothing.
func handsAt(s *Setup) hands {
	if s.Narrate == nil || s.ByHand <= 0 {
		return hands{}
	}
	return hands{limit: s.ByHand, keys: s.Keys}
}

// listen reads what is typed from the first step on: who reads a terminal from
// the background is stopped.
func (h *hands) listen() {
	if h.keys != nil && h.typed == nil {
		h.typed = make(chan string)
		go readLines(h.keys, h.typed) // ends with its input, or the process
	}
}

func readLines(from io.Reader, into chan<- string) {
	for lines := bufio.NewScanner(from); lines.Scan(); {
		into <- strings.ToLower(strings.TrimSpace(lines.Text()))
	}
}

// byHand reports whether a person does what that action would: pay, or walk the
// list.
func (b *bench) byHand(action string) bool {
	asked := action == "pay" || action == "list"
	return asked && b.config.Actions.Named(action) == nil && b.hands.limit > 0 && !b.hands.gone
}

// handTime is how much longer paying takes a person; 0 where an action pays.
func (b *bench) handTime() time.Duration {
	if b.byHand("pay") {
		return b.hands.limit
	}
	return 0
}

// step tells what to do in an action's place and returns when it was met, when
// the person says that it is done, or with a *leftOut when it will not be.
func (b *bench) step(ctx context.Context, x recording.Exercise, action, what string, met func() bool) error {
	if !b.byHand(action) {
		return missing(action)
	}
	b.hands.listen()
	b.say("☞ %s: %s\n  %s", x, what, b.hands.choice())
	defer b.progress.wait(x, "", "you", b.hands.limit)()
	over, look := time.NewTimer(b.hands.limit), time.NewTicker(50*time.Millisecond)
	defer over.Stop()
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-over.C:
			return b.hands.late(action)
		case <-look.C:
			if met() {
				return b.hands.did()
			}
		case line := <-b.hands.typed:
			if line == "" {
				return b.hands.did()
			}
			if line == "s" || line == "q" {
				b.hands.gone = line == "q"
				return &leftOut{reason: "the person left it out", do: "do it by hand, or add a " + action + " action to golive.yaml"}
			}
			b.say("  %s", b.hands.choice())
		}
	}
}

func (h *hands) choice() string {
	if h.keys == nil {
		return fmt.Sprintf("waiting for it, %s at most", h.limit)
	}
	return fmt.Sprintf("Enter: done, nothing to be seen; s: leave this exercise out; q: leave out all that is by hand; %s at most", h.limit)
}

func (h *hands) did() error {
	h.done++
	h.undone = 0
	return nil
}

// late is a step whose time is over. Who did nothing at all, or nothing three
// times in a row, is not asked again.
func (h *hands) late(action string) error {
	h.undone++
	h.gone = h.done == 0 || h.undone == 3
	return missing(action)
}

func missing(action string) *leftOut {
	return &leftOut{"no " + action + " action", "add it to golive.yaml, actions, or do by hand what golive certify asks for", action}
}

// payByHand asks for what the pay action would do.
func (o *operation) payByHand(ctx context.Context) error {
	before := o.acts()
	what := fmt.Sprintf("create a payout of %s %s with reference %s now", o.amount, o.currency, o.reference)
	if o.proxy.Activity(o.reference).Payouts > 0 {
		what = fmt.Sprintf("ask for the same payout of %s %s with reference %s again", o.amount, o.currency, o.reference)
	}
	p := o.person
	what += fmt.Sprintf("\n  to %s %s, %s, %s, account %s, routing number %s, IBAN %s",
		p.FirstName, p.LastName, p.Country, p.Email, p.AccountNumber, p.RoutingNumber, p.IBAN)
	if err := o.step(ctx, o.exercise, "pay", what, func() bool { return o.acts() > before }); err != nil {
		return err
	}
	o.answered = o.writer.Now()
	return o.mark(recording.MarkAnswered, facts{"by": "hand"})
}

// acts counts what shows that somebody pays: payout requests of the operation,
// and handshakes that a trap spoiled.
func (o *operation) acts() int {
	n := o.proxy.Activity(o.reference).Payouts
	o.watch.look(func(r *recording.Recording) {
		for _, h := range r.Handshakes {
			if h.Trap != "" {
				n++
			}
		}
	})
	return n
}

// walkByHand asks for what the list action would do.
func (b *bench) walkByHand(ctx context.Context, x recording.Exercise) error {
	return b.step(ctx, x, "list", "have the app read the list of all payouts to its end now", func() (met bool) {
		b.watch.look(func(r *recording.Recording) {
			met = slices.ContainsFunc(r.Exchanges, func(e *recording.Exchange) bool {
				route, _ := b.profile.Route(e.Request.Method, e.Request.Path)
				return e.Exercise == x && route.Name == anton.PayoutList
			})
		})
		return met
	})
}

// announce tells the plan before it begins, and who is to do what.
func (b *bench) announce(chosen []*Exercise, onCall bool) error {
	plan := fmt.Sprintf("plan: %d exercises", len(chosen))
	if len(chosen) == 1 {
		plan = "plan: 1 exercise"
	}
	b.planned = chosen
	b.progress.plan(chosen)
	if b.byHand("pay") {
		if err := b.goSingle("golive.yaml has no pay action: a person is asked to pay", "add one under actions to be quicker"); err != nil {
			return err
		}
		b.say("%s, one operation at a time, as fast as you are", plan)
		return nil
	}
	how := "side by side where they can be"
	if b.single() {
		how = "one operation at a time"
		b.replan()
	}
	if onCall {
		b.say("%s, each begun by a click on the board", plan)
		return nil
	}
	b.say("%s, %s, about %.0f s", plan, how, Expected(chosen, b.single()).Seconds())
	return nil
}

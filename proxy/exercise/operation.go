package exercise

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/app"
	"github.com/anton-payments/golive/proxy/config"
	"github.com/anton-payments/golive/proxy/recording"
)

// operation is everything the app does for one reference.
type operation struct {
	*bench
	exercise  recording.Exercise
	reference string
	person    person
	amount    string
	currency  string
	facts     map[string]string
	answered  time.Time
	release   func()  // gives the slot back; nil: none held
	script    *script // of its payouts; nil: they walk by themselves
	failed    string  // what the pay action answered, when it was no 2xx
}

// facts of an operation, beside amount and currency.
type facts = map[string]string

// begin makes an operation known: its canaries lead its requests home.
func (b *bench) begin(x recording.Exercise, amount, currency string, f facts) *operation {
	return b.beginFor(newPerson(), x, amount, currency, f)
}

func (b *bench) beginFor(p person, x recording.Exercise, amount, currency string, f facts) *operation {
	o := &operation{
		bench: b, exercise: x, person: p, amount: amount, currency: currency, facts: facts{},
		reference: fmt.Sprintf("%s-%03d", b.run, b.count.Add(1)),
	}
	maps.Copy(o.facts, f)
	o.facts["amount"], o.facts["currency"] = amount, currency
	for _, d := range p.data() {
		b.scrub.Know(d[0], d[1])
		b.leaks.Watch(d[0], d[1])
	}
	b.ownersMu.Lock()
	b.owners[o.reference] = x
	b.ownersMu.Unlock()
	b.proxy.Adopt(o.reference, x, o.reference, p.AccountNumber, p.Email, p.IBAN, p.Phone, p.FirstName, p.LastName)
	return o
}

// ordinary is an operation that nothing is special about but its exercise.
func (b *bench) ordinary(x recording.Exercise, f facts) *operation {
	return b.begin(x, b.amount(), b.currency(), f)
}

// pay calls the pay action and notes its answer. What the app answers is the
// app's matter; an error is the harness's own.
func (o *operation) pay(ctx context.Context) (err error) {
	if o.release, err = o.slot(ctx); err != nil {
		return err
	}
	if err := o.begun(ctx); err != nil {
		return err
	}
	o.queue.enter(o)
	return o.call(ctx)
}

// begun marks that the pay action is about to be called.
func (o *operation) begun(ctx context.Context) error {
	if err := o.enter(ctx); err != nil {
		return err
	}
	return o.mark(recording.MarkOperation, o.facts)
}

// rest gives the slot back once the app has no more to do for the operation but
// what it does by itself.
func (o *operation) rest() {
	if o.release != nil {
		o.release()
		o.release = nil
	}
}

// payAgain calls the same pay once more.
func (o *operation) payAgain(ctx context.Context) error {
	if err := o.mark(recording.MarkAgain, nil); err != nil {
		return err
	}
	return o.call(ctx)
}

func (o *operation) call(ctx context.Context) error {
	if o.config.Actions.Pay == nil {
		return o.payByHand(ctx)
	}
	defer o.waits("the answer of pay", app.ActionTimeout)()
	answer, err := app.Do(ctx, *o.config.Actions.Pay, o.values(), o.config.App.Dir, o.environment)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	f := facts{"code": strconv.Itoa(answer.Code)}
	if err != nil {
		f["error"], o.failed = err.Error(), err.Error()
	} else if unsuccessful(*o.config.Actions.Pay, answer.Code) {
		said := strings.Join(strings.Fields(o.scrub.Text(string(answer.Body))), " ")
		o.failed = fmt.Sprintf("it answered %d: %.200s", answer.Code, said)
	}
	o.answered = o.writer.Now()
	return o.mark(recording.MarkAnswered, f)
}

// unsuccessful reads an action's code: a status of HTTP, an exit code of a command.
func unsuccessful(a config.Action, code int) bool {
	if len(a.Run) > 0 {
		return code != 0
	}
	return code/100 != 2
}

// waits notes what the operation waits for, for whoever watches.
func (o *operation) waits(what string, limit time.Duration) (done func()) {
	return o.progress.wait(o.exercise, o.reference, what, limit)
}

func (o *operation) mark(kind recording.MarkKind, f facts) error {
	return o.writer.Mark(recording.Mark{Kind: kind, Exercise: o.exercise, Operation: o.reference, Facts: f})
}

func (o *operation) values() map[string]string {
	p := o.person
	return map[string]string{
		"reference": o.reference, "amount": o.amount, "currency": o.currency,
		"first_name": p.FirstName, "last_name": p.LastName, "email": p.Email, "phone": p.Phone,
		"date_of_birth": p.DateOfBirth, "country": p.Country,
		"account_number": p.AccountNumber, "routing_number": p.RoutingNumber, "iban": p.IBAN,
	}
}

// settle waits until the operation holds still: no request of it in flight, and
// none came for twice its last delay, at least the floor. Reads do not count.
func (o *operation) settle(ctx context.Context, floor time.Duration) error {
	o.rest()
	defer o.waits("the operation to hold still", o.patience()+floor)()
	f := facts{}
	defer o.queue.leave(o)
	still := o.within(ctx, o.patience()+floor, func(*recording.Recording) bool {
		return o.stills(max(o.unhurried(floor), 2*o.proxy.Activity(o.reference).LastDelay))
	})
	if err := ctx.Err(); err != nil {
		return err
	}
	if !still {
		f["patience"] = "spent"
	}
	return o.mark(recording.MarkSettled, f)
}

// quiet is how long an operation must hold still at least.
const quiet = 2 * time.Second

// whole pays and waits until the operation settled.
func (o *operation) whole(ctx context.Context) error {
	if err := o.pay(ctx); err != nil {
		return err
	}
	return o.settle(ctx, quiet)
}

// creations are the payout requests of the operation so far.
func (o *operation) creations(r *recording.Recording) []*recording.Exchange {
	return callsIn(r, o.reference, func(x *recording.Exchange) bool { return o.isCreate(x) })
}

func (b *bench) isCreate(x *recording.Exchange) bool {
	r, _ := b.profile.Route(x.Request.Method, x.Request.Path)
	return r.Name == anton.PayoutCreate
}

// passed reports whether a payout request of the operation got through to Anton.
func (o *operation) passed(r *recording.Recording) bool {
	for _, x := range o.creations(r) {
		if x.Fault == nil && x.Status()/100 == 2 {
			return true
		}
	}
	return false
}

// arrive waits until a payout request of the operation was answered 2xx.
func (o *operation) arrive(ctx context.Context, limit time.Duration) bool {
	defer o.waits("a payout that gets through", limit)()
	return o.watch.until(ctx, limit, o.passed)
}

// countUpstream notes how many payouts Anton holds for the reference.
func (o *operation) countUpstream(ctx context.Context) error {
	if o.upstream.Control == "" {
		return nil
	}
	held, err := o.made(ctx)
	if err != nil {
		return err
	}
	return o.mark(recording.MarkUpstream, facts{"payouts": strconv.Itoa(len(held))})
}

// probe tells an app that cannot be exercised at all from a wrong one: the pay
// action failed and the app asked nothing of Anton.
func (o *operation) probe(ctx context.Context) error {
	if o.failed == "" {
		return nil
	}
	defer o.waits("a request to Anton", quiet)()
	called := o.watch.until(ctx, quiet, func(*recording.Recording) bool { return o.proxy.Activity(o.reference).Attempts > 0 })
	if called || ctx.Err() != nil || o.hopeless(Together) != nil {
		return ctx.Err()
	}
	return unusable("the pay action does not work: %s; check actions.pay in golive.yaml and the app's output", o.failed)
}

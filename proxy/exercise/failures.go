package exercise

import (
	"context"
	"strconv"
	"time"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy"
	"github.com/anton-payments/golive/proxy/recording"
)

// Exercises in which an answer of Anton's fails or is lost.

func init() {
	plan = append(plan,
		&Exercise{Name: recording.Pay, Title: "plain payouts", Phase: First, Actions: []string{"pay"}, Lasts: 3 * time.Second, Single: 4 * time.Second, Run: payPlainly},
		&Exercise{Name: recording.LostResponse, Title: "the answer to an accepted payout is lost", Phase: Together, Actions: []string{"pay"}, Lasts: 4 * time.Second, Run: loseAnswer},
		&Exercise{Name: recording.ResetBeforeSend, Title: "the connection breaks before the payout arrives", Phase: Together, Actions: []string{"pay"}, Lasts: 4 * time.Second, Run: resetBefore},
		&Exercise{Name: recording.Resubmit, Title: "the same payment is asked for again", Phase: Together, Actions: []string{"pay"}, Lasts: 6 * time.Second, Run: resubmit},
		&Exercise{Name: recording.NonJSON, Title: "an HTML 502 and an empty 503", Phase: Together, Actions: []string{"pay"}, Lasts: 6 * time.Second, Run: nonJSON},
		&Exercise{Name: recording.RateLimited, Title: "429 with Retry-After", Phase: Alone, Actions: []string{"pay"}, Lasts: 17 * time.Second, Run: rateLimit},
		&Exercise{Name: recording.ClientError, Title: "4xx answers, which must not be retried", Phase: Alone, Actions: []string{"pay"}, Lasts: 11 * time.Second, Single: 62 * time.Second, Run: clientErrors},
		&Exercise{Name: recording.EndlessError, Title: "503 without end", Phase: Alone, Actions: []string{"pay"}, Lasts: 11 * time.Second, Run: endlessError},
	)
}

func payPlainly(ctx context.Context, b *bench) error {
	if err := b.payTwo(ctx); err != nil || b.single() || !b.nameless() {
		return err
	}
	if err := b.goSingle("the app's payouts do not carry the reference that they were asked for with",
		"put it into reference, description or Idempotency-Key"); err != nil {
		return err
	}
	b.say("plan: %d exercises, one operation at a time, about %.0f s", len(b.planned), Expected(b.planned, true).Seconds())
	return b.payTwo(ctx) // the first two may have been nobody's
}

func (b *bench) payTwo(ctx context.Context) error {
	return b.sideBySide(ctx, 2, func(ctx context.Context, _ int) error {
		o := b.begin(recording.Pay, "12.50", b.currency(), nil) // equal amounts to two people
		if err := o.pay(ctx); err != nil {
			return err
		}
		if err := o.probe(ctx); err != nil {
			return err
		}
		return o.settle(ctx, quiet)
	})
}

// payouts is a fault on the payout request of one operation.
func (o *operation) payouts(f proxy.Fault) *proxy.Armed {
	f.Operation, f.Route = o.reference, anton.PayoutCreate
	return o.proxy.Arm(f)
}

func loseAnswer(ctx context.Context, b *bench) error {
	return b.strike(ctx, recording.LostResponse, proxy.Fault{Kind: recording.FaultLostAnswer, Times: 1})
}

func resetBefore(ctx context.Context, b *bench) error {
	return b.strike(ctx, recording.ResetBeforeSend, proxy.Fault{Kind: recording.FaultReset, Times: 1})
}

// strike pays under a fault that ends by itself, and gives the app its patience
// to try again.
func (b *bench) strike(ctx context.Context, x recording.Exercise, f proxy.Fault) error {
	o := b.ordinary(x, nil)
	if err := o.recover(ctx, o.payouts(f)); err != nil {
		return err
	}
	return o.countUpstream(ctx)
}

// recover pays while the payout request fails, and waits for the app to get
// through.
func (o *operation) recover(ctx context.Context, armed *proxy.Armed) error {
	defer armed.Disarm()
	if err := o.pay(ctx); err != nil {
		return err
	}
	o.await(ctx, o.passed)
	return o.settle(ctx, quiet)
}

func resubmit(ctx context.Context, b *bench) error {
	o := b.ordinary(recording.Resubmit, nil)
	if err := o.whole(ctx); err != nil {
		return err
	}
	if err := o.payAgain(ctx); err != nil {
		return err
	}
	if err := o.settle(ctx, quiet); err != nil {
		return err
	}
	return o.countUpstream(ctx)
}

// failing are 5xx answers as Anton words them: the message is always the same
// [C1 errors].
func failing(statuses ...int) []proxy.Answer {
	var all []proxy.Answer
	for _, s := range statuses {
		all = append(all, proxy.Answer{Status: s, Header: asJSON, Body: `{"error":{"message":"internal server error","code":"internal_error"}}`})
	}
	return all
}

var asJSON = map[string]string{"Content-Type": "application/json"}

// badGateway is what a load balancer before Anton says.
var badGateway = proxy.Answer{Status: 502, Header: map[string]string{"Content-Type": "text/html"}, Body: "<html><body><h1>502 Bad Gateway</h1></body></html>\n"}

func nonJSON(ctx context.Context, b *bench) error {
	cases := []struct {
		name   string
		answer proxy.Answer
	}{
		{"502-html", badGateway},
		{"503-empty", proxy.Answer{Status: 503}},
	}
	for _, c := range cases {
		o := b.ordinary(recording.NonJSON, facts{"case": c.name})
		if err := o.recover(ctx, o.payouts(proxy.Fault{Kind: recording.FaultStatus, Times: 1, Answers: []proxy.Answer{c.answer}})); err != nil {
			return err
		}
	}
	return b.ordinary(recording.NonJSON, facts{"case": "after"}).whole(ctx)
}

func throttle(seconds string) proxy.Answer {
	return proxy.Answer{Status: 429, Header: map[string]string{"Content-Type": "application/json", "Retry-After": seconds},
		Body: `{"error":{"message":"Rate limit exceeded. Retry after ` + seconds + ` seconds.","code":"rate_limit_exceeded"}}`}
}

func rateLimit(ctx context.Context, b *bench) error {
	cases := []struct {
		name    string
		answers []proxy.Answer
	}{{"once", []proxy.Answer{throttle("2")}}, {"twice", []proxy.Answer{throttle("1"), throttle("3")}}}
	for _, c := range cases {
		o := b.ordinary(recording.RateLimited, facts{"case": c.name})
		if err := o.recover(ctx, o.payouts(proxy.Fault{Kind: recording.FaultStatus, Times: len(c.answers), Answers: c.answers})); err != nil {
			return err
		}
	}
	return nil
}

// observed is how long a refused payout is watched for a retry.
const observed = 10*time.Second + 200*time.Millisecond

// refusals are the 4xx answers that the checklist names (INT-3).
var refusals = []struct {
	status        int
	code, message string
}{
	{400, "bad_request", "the request could not be read"},
	{401, "unauthorized", "Invalid or missing API key"},
	{403, "velocity_blocked", "the payout is above a velocity limit"},
	{404, "payee_not_found", "Payee not found"},
	{409, "state_conflict", "the payout conflicts with the current state"},
	{422, "validation_error", "validation failed"},
}

// refusing is a 4xx answer of those.
func refusing(status int) proxy.Answer {
	for _, r := range refusals {
		if r.status == status {
			return proxy.Answer{Status: status, Header: asJSON, Body: `{"error":{"message":"` + r.message + `","code":"` + r.code + `"}}`}
		}
	}
	return proxy.Answer{Status: status}
}

func clientErrors(ctx context.Context, b *bench) error {
	return b.sideBySide(ctx, len(refusals), func(ctx context.Context, i int) error {
		r := refusals[i]
		o := b.ordinary(recording.ClientError, facts{"case": strconv.Itoa(r.status)})
		armed := o.payouts(proxy.Fault{Kind: recording.FaultStatus, Answers: []proxy.Answer{refusing(r.status)}})
		defer armed.Disarm()
		if err := o.pay(ctx); err != nil {
			return err
		}
		o.rest()
		return o.refusal(ctx, armed)
	})
}

// refusal watches a refused payout: until it holds still for the time that is
// watched, or has been tried again, which decides.
func (o *operation) refusal(ctx context.Context, armed *proxy.Armed) error {
	defer o.waits("10 s without a retry", o.patience())()
	o.within(ctx, o.patience(), func(*recording.Recording) bool { return armed.Struck() > 0 || o.stills(observed) })
	o.within(ctx, o.patience(), func(*recording.Recording) bool { return armed.Struck() > 1 || o.stills(observed) })
	if armed.Struck() > 1 {
		o.queue.leave(o)
		return o.mark(recording.MarkSettled, facts{"retried": "yes"})
	}
	return o.settle(ctx, observed)
}

// endlessError lets one operation fail for good, and waits until the app pays
// again: a circuit breaker may keep it from calling anybody for a minute.
func endlessError(ctx context.Context, b *bench) error {
	if err := b.failForGood(ctx); err != nil {
		return err
	}
	o := b.ordinary(recording.EndlessError, facts{"case": "after"})
	if err := o.pay(ctx); err != nil {
		return err
	}
	o.within(ctx, b.patience()+quiet, o.passed)
	return o.settle(ctx, quiet)
}

func (b *bench) failForGood(ctx context.Context) error {
	o := b.ordinary(recording.EndlessError, nil)
	armed := o.payouts(proxy.Fault{Kind: recording.FaultStatus, Answers: failing(503)})
	defer armed.Disarm()
	if err := o.pay(ctx); err != nil {
		return err
	}
	o.within(ctx, o.patience(), func(*recording.Recording) bool { return armed.Struck() > 0 })
	return o.settle(ctx, quiet)
}

package exercise

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy"
	"github.com/anton-payments/golive/proxy/recording"
)

// What a person does at the desk, one click each.

// mishap is a fault that can be armed by hand.
type mishap struct {
	name, title string
	fault       proxy.Fault
}

func answering(answers ...proxy.Answer) proxy.Fault {
	return proxy.Fault{Kind: recording.FaultStatus, Answers: answers}
}

// hung is how long a request hangs that was made to by hand.
const hung = 20 * time.Second

var mishaps = []mishap{
	{"503", "503 service unavailable", answering(failing(503)...)},
	{"500", "500 internal server error", answering(failing(500)...)},
	{"502-html", "502 with an HTML page", answering(badGateway)},
	{"503-empty", "503 without a body", answering(proxy.Answer{Status: 503})},
	{"429", "429, Retry-After 2 s", answering(throttle("2"))},
	{"lost-answer", "Anton accepts, the answer is lost", proxy.Fault{Kind: recording.FaultLostAnswer}},
	{"reset", "connection reset before Anton sees it", proxy.Fault{Kind: recording.FaultReset}},
	{"hang", "no answer for 20 s", proxy.Fault{Kind: recording.FaultHang, Cap: hung}},
	{"truncated-body", "the answer is cut in its body", proxy.Fault{Kind: recording.FaultTruncate, CutAt: 16}},
	{"422", "422 validation error", answering(refusing(422))},
	{"401", "401 unauthorized", answering(refusing(401))},
}

func (d *desk) arm(name string, times int) error {
	at := slices.IndexFunc(mishaps, func(m mishap) bool { return m.name == name })
	if name != "" && at < 0 {
		return fmt.Errorf("there is no fault %q", name)
	}
	if times < 1 || times > 10 {
		return errors.New("a fault strikes 1 to 10 times")
	}
	return d.open(func() error {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.fault != nil {
			d.fault.Disarm()
			d.fault = nil
		}
		f := facts{"fault": name, "times": strconv.Itoa(times)}
		if name == "" {
			return d.writer.Mark(recording.Mark{Kind: recording.MarkArmed, Facts: facts{"fault": ""}})
		}
		if err := d.writer.Mark(recording.Mark{Kind: recording.MarkArmed, Facts: f}); err != nil {
			return err
		}
		fault := mishaps[at].fault
		fault.Route, fault.Times, fault.Loose = anton.PayoutCreate, times, true
		d.fault = d.proxy.Arm(fault)
		return nil
	})
}

// pay has the app submit a payout by hand.
func (d *desk) pay(hold string) error {
	if hold != "" && d.upstream.Control == "" {
		return errors.New("only the embedded sandbox can hold a payout; use upstream: embedded")
	}
	path := d.profile.Path(anton.Status(hold))
	if hold != "" && path == nil {
		return fmt.Errorf("no payout comes to status %q", hold)
	}
	if err := d.free(); err != nil {
		return err
	}
	return d.start(func() error {
		o := d.lend()
		if hold != "" {
			if err := o.bank.steer(d.ctx, o.reference, script{Path: path[1:]}); err != nil {
				return err
			}
		}
		return o.whole(d.ctx)
	})
}

// free tells what keeps a payment by hand from being made now.
func (d *desk) free() error {
	if d.config.Actions.Pay == nil {
		return errors.New("golive.yaml has no pay action: create the payout in the app itself")
	}
	if why := d.disturbed(); why != "" {
		return errors.New(why)
	}
	return nil
}

// lend is an operation that a person may do with as they like.
func (d *desk) lend() *operation {
	o := d.ordinary(recording.ByHand, nil)
	d.mu.Lock()
	d.lent[o.reference] = o
	d.mu.Unlock()
	return o
}

// walkTo has a payout go on to a status.
func (d *desk) walkTo(reference, status string) error {
	if d.upstream.Control == "" {
		return errors.New("only the embedded sandbox can walk a payout; use upstream: embedded")
	}
	if x, ok := d.ownedBy(reference); ok && x != recording.ByHand {
		return fmt.Errorf("%s belongs to exercise %s, which walks it itself", reference, x)
	}
	path := d.profile.Path(anton.Status(status))
	if path == nil {
		return fmt.Errorf("no payout comes to status %q", status)
	}
	return d.open(func() error {
		held, err := d.bank.payouts(d.ctx, reference)
		switch {
		case err != nil:
			return err
		case len(held) == 0:
			return fmt.Errorf("Anton holds no payout for %q", reference)
		case !d.profile.IsTerminal(anton.Status(held[0].Status)) && d.leads(held[0].Status, path):
			return d.bank.steer(d.ctx, reference, script{Path: path})
		}
		return fmt.Errorf("the payout of %s is %s: it does not come to %s from there", reference, held[0].Status, status)
	})
}

// leads reports whether a payout that stands in a status meets a path behind it.
func (d *desk) leads(from string, path []anton.Status) bool {
	at := slices.Index(path, anton.Status(from))
	for _, next := range path[at+1:] {
		if slices.Contains(d.profile.Transitions[anton.Status(from)], next) {
			return true
		}
	}
	return false
}

func (d *desk) ownedBy(reference string) (recording.Exercise, bool) {
	d.ownersMu.Lock()
	defer d.ownersMu.Unlock()
	x, ok := d.owners[reference]
	return x, ok
}

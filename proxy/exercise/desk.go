package exercise

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy"
	"github.com/anton-payments/golive/proxy/recording"
)

// Hands are what a person may do while a run is attended (Setup.Attend). All
// may be called at once, from when they are given until the run ends; after
// that they do nothing and say so. What takes longer goes on after they return.
// An error is one line for the person: what cannot be done now, and why.
type Hands struct {
	Faults   [][2]string // name and what happens, of those that can be armed
	Variants [][2]string // the same of webhook deliveries
	Statuses []string    // where a payout can be walked to
	// Arm sets a fault for the next payout requests, so many of them, of
	// operations that belong to no exercise. It replaces one that waits; "": none.
	Arm func(fault string, times int) error
	// Pay has the app submit one payout, which stays in that status; "": it walks
	// by itself.
	Pay func(hold string) error
	// Deliver sends one variant of a webhook delivery, in all its shapes, about a
	// payout that is held pending, with a genuine one before and after.
	Deliver func(variant string) error
	// Walk has a payout of a person's own go on to a status and stay there.
	Walk func(reference, status string) error
	// Exercise runs one of the plan that did not run yet; "": all that did not.
	Exercise func(name string) error
	// Mark puts a person's word into the recording.
	Mark func(recording.Mark) error
	// Waive puts the text of a waiver's file into the recording.
	Waive func(file string, text []byte) error
	// End ends the run: what is under way comes to its end first.
	End func()
}

// desk is where a person sits who attends a run.
type desk struct {
	*bench
	ctx       context.Context
	asked     chan []*Exercise
	failed    chan error // trouble of the harness's own; the first counts
	ended     chan struct{}
	end       sync.Once
	waiverKey string         // Setup's
	work      sync.WaitGroup // payments and deliveries under way

	mu    sync.Mutex // of all below
	taken map[recording.Exercise]bool
	fault *proxy.Armed
	lent  map[string]*operation // payments by hand, by reference

	delivering sync.Mutex // one variant at a time, between its controls
}

var errEnded = errors.New("the run has ended")

// attend carries out what a person asks for, until they end the run. A plan
// that is not on call is asked for at once.
func (b *bench) attend(ctx context.Context, s *Setup, chosen []*Exercise) error {
	d := &desk{
		bench: b, ctx: ctx, asked: make(chan []*Exercise, len(plan)+1), failed: make(chan error, 1), ended: make(chan struct{}),
		waiverKey: s.WaiverKey, taken: map[recording.Exercise]bool{}, lent: map[string]*operation{},
	}
	if s.OnCall {
		b.progress.offer(chosen)
	} else {
		d.take(chosen)
	}
	defer d.end.Do(func() { close(d.ended) })
	s.Attend(d.hands())
	for {
		select {
		case list := <-d.asked:
			if d.open(func() error { return nil }) != nil {
				continue // ended while others ran
			}
			if err := b.carry(ctx, list); err != nil {
				return err
			}
		case err := <-d.failed:
			return err
		case <-ctx.Done():
			return ctx.Err()
		case <-d.ended:
			d.work.Wait()
			return d.trouble()
		}
	}
}

func (d *desk) trouble() error {
	select {
	case err := <-d.failed:
		return err
	default:
		return d.ctx.Err()
	}
}

func (d *desk) hands() Hands {
	return Hands{
		Faults: named(mishaps, func(m mishap) [2]string { return [2]string{m.name, m.title} }),
		Variants: named(variants, func(v variant) [2]string {
			return [2]string{string(v.name), v.title}
		}),
		Statuses: named(d.profile.Statuses, func(s anton.Status) string { return string(s) }),
		Arm:      d.arm, Pay: d.pay, Deliver: d.deliverVariant, Walk: d.walkTo, Exercise: d.ask,
		Mark:  func(m recording.Mark) error { return d.open(func() error { return d.writer.Mark(m) }) },
		Waive: d.waive,
		End:   func() { d.end.Do(func() { close(d.ended) }) },
	}
}

// waive takes a waiver in, to be held against the key that golive.yaml names.
func (d *desk) waive(file string, text []byte) error {
	if d.waiverKey == "" {
		return errors.New("golive.yaml names no waiver_key: set it to the file of Anton's public key and start another run")
	}
	return d.open(func() error {
		return d.writer.Append(recording.Event{Waiver: &recording.Waiver{File: file, Text: text, Key: d.waiverKey, At: d.writer.Now().UTC()}})
	})
}

func named[T, N any](list []T, name func(T) N) (names []N) {
	for _, x := range list {
		names = append(names, name(x))
	}
	return names
}

// open does something unless the run has ended.
func (d *desk) open(do func() error) error {
	select {
	case <-d.ended:
		return errEnded
	case <-d.ctx.Done():
		return errEnded
	default:
		return do()
	}
}

// start lets something go on that a person asked for.
func (d *desk) start(do func() error) error {
	return d.open(func() error {
		d.work.Go(func() {
			if err := do(); err != nil {
				select {
				case d.failed <- err:
				default:
				}
			}
		})
		return nil
	})
}

// take asks for exercises, each once: the checks read a second round of some of
// them as a mistake of the app's.
func (d *desk) take(list []*Exercise) {
	d.mu.Lock()
	defer d.mu.Unlock()
	list = slices.DeleteFunc(slices.Clone(list), func(x *Exercise) bool { return d.taken[x.Name] })
	for _, x := range list {
		d.taken[x.Name] = true
	}
	d.progress.plan(list)
	if len(list) > 0 {
		d.asked <- list
	}
}

func (d *desk) ask(name string) error {
	return d.open(func() error {
		if name == "" {
			d.take(Plan(nil))
			return nil
		}
		x := byName(recording.Exercise(name))
		if x == nil {
			return fmt.Errorf("there is no exercise %q", name)
		}
		d.mu.Lock()
		taken := d.taken[x.Name]
		d.mu.Unlock()
		if taken {
			return fmt.Errorf("%s ran in this run already; golive certify --only %s repeats it in a run of its own", name, name)
		}
		d.take([]*Exercise{x})
		return nil
	})
}

// disturbed tells which exercise has to be left alone now; "": none.
func (d *desk) disturbed() string {
	for _, s := range d.progress.all() {
		if x := byName(s.Name); s.State == Running && x != nil && x.Phase != Together {
			return fmt.Sprintf("%s runs, which nothing may disturb; try again in about %s", s.Name, span(s.left(time.Now())))
		}
	}
	return ""
}

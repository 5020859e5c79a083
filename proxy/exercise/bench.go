package exercise

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy"
	"github.com/anton-payments/golive/proxy/app"
	"github.com/anton-payments/golive/proxy/config"
	"github.com/anton-payments/golive/proxy/recording"
	"github.com/anton-payments/golive/proxy/webhook"
)

// bench is what an exercise has at hand while a run goes on.
type bench struct {
	config      *config.Config
	profile     *anton.Profile
	writer      *recording.Writer
	scrub       *recording.Scrub
	leaks       *app.Leaks
	proxy       *proxy.Proxy
	app         *app.App // nil: the app was running already
	upstream    Upstream
	bank        *bank
	watch       *watch
	secret      string
	environment []string // of command actions
	screen      *screen
	progress    *progress
	undecided   func(*recording.Recording) bool
	breaker     func(*recording.Recording) bool
	spared      atomic.Bool // faults of the series were taken away, for a breaker held the app back
	run         string      // prefix of every reference of this run
	count       atomic.Int64
	slots       chan struct{}
	queue       queue
	late        atomic.Int64 // how late timers were lately at worst, ns
	deliveries  atomic.Int64 // of the sandbox, under way

	fundsMu sync.Mutex
	funds   map[string]funds

	hands   hands
	planned []*Exercise

	lostMu sync.Mutex
	lost   *cause // what makes all that is to come hopeless; nil: nothing

	alone atomic.Bool // operations run one at a time, though the configuration allows more

	ownersMu sync.Mutex
	owners   map[string]recording.Exercise
	current  string // the operation under way where they run one at a time
}

// slot waits until one more operation may run; concurrency is how many do at once.
func (b *bench) slot(ctx context.Context) (release func(), err error) {
	select {
	case b.slots <- struct{}{}:
		return func() { <-b.slots }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (b *bench) patience() time.Duration { return b.config.Patience }
func (b *bench) currency() string        { return b.config.Currencies[0] }

// amount is a small sum, another one each time, so that payouts differ.
func (b *bench) amount() string {
	digits, _ := anton.Scale(b.currency())
	n := b.count.Add(1)
	if digits == 0 {
		return fmt.Sprint(10 + n)
	}
	return fmt.Sprintf("%d.%0*d", 10+n/90, digits, 10+n%90)
}

func (b *bench) sender() *webhook.Sender {
	return &webhook.Sender{Writer: b.writer, Scrub: b.scrub, Scheme: b.profile.Scheme, URL: b.config.Webhook.URL, Secret: b.secret}
}

// subscribed reports whether the app, or the harness for it, has a subscription.
func (b *bench) subscribed(r *recording.Recording) bool {
	return b.config.Webhook.Registration == "portal" || slices.ContainsFunc(r.Exchanges, func(x *recording.Exchange) bool {
		route, _ := b.profile.Route(x.Request.Method, x.Request.Path)
		return route.Name == anton.SubscriptionCreate && x.Status()/100 == 2
	})
}

func (b *bench) skip(x recording.Exercise, reason, do string) error {
	b.say("– %s: left out: %s", x, reason)
	b.progress.turn(x, LeftOut, reason)
	return b.writer.Mark(recording.Mark{Kind: recording.MarkSkipped, Exercise: x, Facts: facts{"reason": reason, "do": do}})
}

// asks puts a question to what was recorded so far; without one the answer is no.
func (b *bench) asks(question func(*recording.Recording) bool) (yes bool) {
	if question != nil {
		b.watch.look(func(r *recording.Recording) {
			so := *r
			so.Open.Profile = b.profile.Name
			so.Sort()
			yes = question(&so)
		})
	}
	return yes
}

func (b *bench) say(format string, args ...any) {
	b.screen.say(fmt.Sprintf(format, args...))
}

package exercise

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/anton-payments/golive/proxy/recording"
)

// carrier counts the sandbox's deliveries under way, so that a run does not end
// before the app has answered them.
type carrier struct {
	next http.RoundTripper
	open *atomic.Int64
}

func (c carrier) RoundTrip(r *http.Request) (*http.Response, error) {
	c.open.Add(1)
	defer c.open.Add(-1)
	return c.next.RoundTrip(r)
}

// delivered waits for deliveries under way: Anton gives a receiver 30 s. After
// a wait the app is left alone for a while, so that its end excuses none of them.
func (b *bench) delivered(ctx context.Context) error {
	const aside = 7 * time.Second
	if b.deliveries.Load() == 0 {
		return ctx.Err()
	}
	b.say("waiting for the app's answers to deliveries under way, 65 s at most")
	b.watch.until(ctx, 65*time.Second, func(*recording.Recording) bool { return b.deliveries.Load() == 0 })
	return pause(ctx, aside)
}

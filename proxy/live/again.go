package live

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/anton-payments/golive/proxy/recording"
)

// How often a read is asked at most, and the longest Retry-After that is waited
// for.
const (
	asked   = 3
	longest = time.Minute
)

// get asks, and asks again where Anton is over its rate limit or out of order:
// one such answer in the middle says nothing of production. Each exchange is
// kept; the last one is given. The error is that of keeping, or the context's.
func (l *line) get(ctx context.Context, path string, query url.Values) (x *recording.Exchange, err error) {
	for n := 1; ; n++ {
		if x, err = l.once(ctx, path, query); err != nil || n == asked {
			return x, err
		}
		wait, again := l.after(x, n)
		if !again {
			return x, nil
		}
		if l.say != nil && wait > 0 {
			l.say("GET %s answered %d, asked again in %s", path, x.Status(), wait)
		}
		select {
		case <-ctx.Done():
			return x, ctx.Err()
		case <-time.After(wait):
		}
	}
}

// after is how long to wait before a read is asked again, the n-th answer to
// which is x, and whether it is to be asked at all.
func (l *line) after(x *recording.Exchange, n int) (wait time.Duration, again bool) {
	status := x.Status()
	if status != http.StatusTooManyRequests && status/100 != 5 || status == http.StatusNotImplemented {
		return 0, false
	}
	wait = l.pause << (2 * (n - 1))
	if seconds, err := strconv.Atoi(http.Header(x.Response.Header).Get("Retry-After")); err == nil && seconds >= 0 {
		wait = time.Duration(min(seconds, 3600)) * time.Second
	}
	return wait, wait <= longest
}

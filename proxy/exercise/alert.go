package exercise

import (
	"context"
	"net"
	"net/http"
	"time"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
)

// The alert sink: where the app may tell that payouts fail (LCH-11).

func init() {
	plan = append(plan, &Exercise{Name: recording.Alert, Title: "a failed payout that somebody is told of", Phase: Alone, Actions: []string{"pay"},
		Steers: true, If: func(b *bench) bool { return b.config.Alerts.Listen }, Lasts: 4 * time.Second, Run: awaitAlert})
}

// alertVariable names the sink's URL in the app's environment.
const alertVariable = "ANTON_ALERT_URL"

// listen opens the sink; what is sent there is noted, not kept.
func (b *bench) listen() (url string, stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	s := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := b.writer.Mark(recording.Mark{Kind: recording.MarkAlert, Facts: facts{"method": r.Method}}); err != nil {
			http.Error(w, "not recorded", http.StatusBadGateway)
		}
	})}
	go s.Serve(l) //nolint:errcheck // it ends when it is closed
	return "http://" + l.Addr().String() + "/alerts", func() { _ = s.Close() }, nil
}

// awaitAlert lets a payout fail and waits for the call.
func awaitAlert(ctx context.Context, b *bench) error {
	o := b.ordinary(recording.Alert, facts{"status": string(anton.Failed)})
	begun := b.writer.Now()
	if _, _, err := o.held(ctx, script{Path: b.profile.Path(anton.Failed)[1:]}); err != nil {
		return err
	}
	defer o.waits("a call to the alert sink", 10*time.Second)()
	b.watch.until(ctx, 10*time.Second, func(r *recording.Recording) bool {
		for _, m := range r.Marks {
			if m.Kind == recording.MarkAlert && m.At.After(begun) {
				return true
			}
		}
		return false
	})
	return ctx.Err()
}

package checks

import (
	"slices"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
)

// SandboxIDs are the ids of payees, instruments and webhook subscriptions that
// Anton's answers of a run held, sorted: none of them means anything in
// production. An unknown profile has none.
func SandboxIDs(rec *recording.Recording) []string {
	e, err := EvidenceOf(rec)
	if err != nil {
		return nil
	}
	var all []string
	for id := range e.issued() {
		all = append(all, id)
	}
	for _, x := range e.Exchanges {
		switch e.Route(x) {
		case anton.SubscriptionCreate, anton.SubscriptionList, "webhook-get", "webhook-update":
			if success(x.Status()) {
				all = append(all, idsIn(string(x.Response.Body.Bytes()), e.Profile.Prefix.Subscription)...)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

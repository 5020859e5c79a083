package checks

// The cutover's checks look at production, read-only. They are on the list
// from the beginning, and inconclusive until they can be run.

var (
	liveKeyItems     = []Item{LiveKeys, LaunchLiveKeys}
	liveWebhookItems = []Item{LiveWebhooks, LaunchWebhook}
)

var liveKey = add(&Check{
	ID:    "live-key",
	Title: "the production key is a live key and is accepted",
	Doc: `With the sandbox's key every payout of the first day is refused.

Looked at: the form of the key, and the answer to GET /v1/balances on the production
host. Mend: make an ak_live_ key in the portal and give it to the deployment.`,
	Items: liveKeyItems,
})

var liveConfig = add(&Check{
	ID:    "live-config",
	Title: "nothing of the sandbox is left in the production configuration",
	Doc: `A forgotten sandbox host or test key sends real invoices to a bank that does not exist.

Looked at: the production configuration files named in golive.yaml. Mend: change base URL
and key together.`,
	Items: liveKeyItems,
})

var liveWebhook = add(&Check{
	ID:    "live-webhook",
	Title: "an active webhook with a public https URL is registered in production",
	Doc: `Subscriptions do not carry over. Without one nobody learns that a payout failed or came
back.

Looked at: the answer to GET /v1/webhooks on the production host. Mend: register the
production URL, not a tunnel, with the events of the sandbox's.`,
	Items: liveWebhookItems,
})

var liveReceiver = add(&Check{
	ID:    "live-receiver",
	Title: "the production receiver has a valid certificate and refuses unsigned deliveries",
	Doc: `Anton does not deliver to a receiver whose certificate does not validate, and anyone may
post to one that does not verify.

Looked at: a TLS handshake with the registered host; on request the answer to an unsigned
POST. Mend: a certificate with its whole chain, and verification in production too.`,
	Items: liveWebhookItems,
})

var liveCorridors = add(&Check{
	ID:    "live-corridors",
	Title: "every corridor that is used is active in production",
	Doc: `Production does not open every corridor that the sandbox has; the first payout into a
closed one is refused.

Looked at: the corridors declared in golive.yaml and the answer to GET /v1/corridors.
Mend: have the corridor enabled by Anton before the cutover.`,
	Items: []Item{LiveCorridors},
})

var livePayees = add(&Check{
	ID:    "live-payees",
	Title: "payees and instruments exist in production under their own ids",
	Doc: `Ids of the sandbox mean nothing in production: payouts to them are refused.

Looked at: the production ids given in golive.yaml, there and in the sandbox's recording.
Mend: create payees and instruments again in production and store the new ids.`,
	Items: []Item{LivePayees},
})

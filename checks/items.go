package checks

import "slices"

// Item is a line of Anton's Going Live Checklist, by its fixed id.
type Item string

// The items. Ids never change meaning and never vanish.
const (
	IdempotencyKeys Item = "INT-1"
	Webhooks        Item = "INT-2"
	Retries         Item = "INT-3"
	Amounts         Item = "INT-4"
	Lifecycle       Item = "INT-5"
	Balances        Item = "INT-6"
	Payees          Item = "INT-7"
	Pagination      Item = "INT-8"

	Keys       Item = "SEC-1"
	ServerSide Item = "SEC-2"
	TLS        Item = "SEC-3"
	Signatures Item = "SEC-4"
	Logs       Item = "SEC-5"

	LiveKeys      Item = "CUT-1"
	LiveWebhooks  Item = "CUT-2"
	LiveCorridors Item = "CUT-3"
	LivePayees    Item = "CUT-4"

	LaunchLiveKeys    Item = "LCH-1"
	LaunchKeyStorage  Item = "LCH-2"
	LaunchWebhook     Item = "LCH-3"
	LaunchSignatures  Item = "LCH-4"
	LaunchIdempotency Item = "LCH-5"
	LaunchBackoff     Item = "LCH-6"
	LaunchRateLimits  Item = "LCH-7"
	LaunchBalance     Item = "LCH-8"
	LaunchStatuses    Item = "LCH-9"
	LaunchLogs        Item = "LCH-10"
	LaunchAlerts      Item = "LCH-11"

	FundedAccount Item = "PATH-4" // the one step to production with a check of its own
	SmallStart    Item = "REC-1"
	FirstDays     Item = "REC-2"
)

// Section is a part of the checklist; whole sections are what is asked for.
type Section string

// The sections.
const (
	Integration Section = "integration"
	Security    Section = "security"
	Cutover     Section = "cutover"
	Launch      Section = "launch"
)

// Line is an item as the checklist prints it.
type Line struct {
	Item    Item
	Section Section
	Text    string
}

// Checklist is every line, in its order.
var Checklist = []Line{
	{IdempotencyKeys, Integration, "Idempotency keys on all mutations"},
	{Webhooks, Integration, "Webhook integration"},
	{Retries, Integration, "Error handling and retries"},
	{Amounts, Integration, "Proper amount handling"},
	{Lifecycle, Integration, "Payout lifecycle handling"},
	{Balances, Integration, "Balance checks before payouts"},
	{Payees, Integration, "Payee and instrument management"},
	{Pagination, Integration, "Cursor-based pagination"},
	{Keys, Security, "API keys in environment variables or secrets manager"},
	{ServerSide, Security, "Server-side only"},
	{TLS, Security, "TLS everywhere"},
	{Signatures, Security, "Webhook signature verification"},
	{Logs, Security, "No sensitive data in logs"},
	{LiveKeys, Cutover, "Use production API keys"},
	{LiveWebhooks, Cutover, "Register production webhook endpoints"},
	{LiveCorridors, Cutover, "Verify corridor availability"},
	{LivePayees, Cutover, "Recreate payees and instruments"},
	{LaunchLiveKeys, Launch, "Using ak_live_ API keys"},
	{LaunchKeyStorage, Launch, "API keys stored in secrets manager"},
	{LaunchWebhook, Launch, "Webhook endpoint registered with production URL"},
	{LaunchSignatures, Launch, "Webhook signature verification enabled and tested"},
	{LaunchIdempotency, Launch, "Idempotency keys included on all POST requests"},
	{LaunchBackoff, Launch, "Error handling with exponential backoff implemented"},
	{LaunchRateLimits, Launch, "Rate limit handling (429 + Retry-After) implemented"},
	{LaunchBalance, Launch, "Balance check before payout submission"},
	{LaunchStatuses, Launch, "All payout statuses handled"},
	{LaunchLogs, Launch, "Logging configured without sensitive data exposure"},
	{LaunchAlerts, Launch, "Monitoring and alerting configured for failures"},
}

// Beyond are lines that checks look at and no certificate rests on: steps of
// the path to production and what Anton recommends for the first days.
var Beyond = []Line{
	{FundedAccount, "path", "Fund account"},
	{SmallStart, "first days", "Start small"},
	{FirstDays, "first days", "Monitor delivery rate, webhook delivery, balances and API error rate from day one"},
}

// Sections are all sections, in order.
var Sections = []Section{Integration, Security, Cutover, Launch}

// For gives the checks that judge an item, in the checklist's order.
func For(i Item) []*Check {
	var found []*Check
	for _, c := range All() {
		if slices.Contains(c.Items, i) {
			found = append(found, c)
		}
	}
	return found
}

// itemIndex is an item's place among all lines; -1: it is none.
func itemIndex(i Item) int {
	if n := slices.IndexFunc(Checklist, func(l Line) bool { return l.Item == i }); n >= 0 {
		return n
	}
	if n := slices.IndexFunc(Beyond, func(l Line) bool { return l.Item == i }); n >= 0 {
		return len(Checklist) + n
	}
	return -1
}

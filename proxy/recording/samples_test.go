package recording

// A payout as it crosses the proxy: 2 KB both ways.
var sampleRequest = []byte(`{"payee_id":"pye_01HX8Z9K0M2N3P4Q5R6S7T8UAB","instrument_id":"ins_01HX8Z9K0M2N3P4Q5R6S7T8UAC","amount":"500.00",` +
	`"currency":"USD","description":"Invoice INV-1042 of the second quarter, paid in full","reference":"r1-0001","metadata":{"order":"A-1042",` +
	`"batch":"2026-11-20","cost_center":"engineering","approved_by":"u-7781"},"purpose":"contractor_payment","fee_bearer":"merchant"}`)

var sampleResponse = []byte(`{"data":{"id":"pay_01HX8Z9K0M2N3P4Q5R6S7T8UAB","merchant_id":"mer_01HX8Z9K0M2N3P4Q5R6S7T8UAB","payee_id":"pye_01HX8Z9K0M2N3P4Q5R6S7T8UAB",` +
	`"instrument_id":"ins_01HX8Z9K0M2N3P4Q5R6S7T8UAC","status":"processing","method":"sepa","source_amount":"550.00","source_currency":"USD",` +
	`"dest_amount":"500.00","dest_currency":"EUR","exchange_rate":"0.9091","fee":"5.00","fee_currency":"USD","fee_bearer":"merchant",` +
	`"fixed_side":"fixed_dest","total_debited":"557.50","total_debited_currency":"USD","fee_finalized":false,"buffer_amount":"2.50",` +
	`"buffer_currency":"USD","rail_type":"fiat","rail_provider":"openpayd","rail_reference":"OP-77120-AB","network":"sepa",` +
	`"purpose":"supplier_payment","reference":"PO-8821","created_at":"2026-11-20T10:00:00Z","updated_at":"2026-11-20T10:00:01Z",` +
	`"screened_at":"2026-11-20T10:00:01Z","approved_at":"2026-11-20T10:00:02Z","processed_at":"2026-11-20T10:00:03Z"}}`)

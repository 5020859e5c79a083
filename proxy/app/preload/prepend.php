<?php
// Leads http and https streams of the default context through golive, where
// neither the environment nor the configuration can. A context that the app
// makes of its own does not see it.
(static function (): void {
    $way = json_decode(file_get_contents(__DIR__ . '/way.json'), true);
    stream_context_set_default(['http' => ['proxy' => 'tcp://' . $way['proxy'], 'request_fulluri' => true]]);
})();

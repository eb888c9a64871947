# The least a report from a queue_log does, for mawk: for each queue what was offered, answered within 20 s, abandoned, talked.
BEGIN { FS = "|" }
$5 == "ENTERQUEUE" { offered[$3]++ }
$5 == "CONNECT" { answered[$3]++; wait_s[$3] += $6; if ($6 <= 20) soon[$3]++ }
$5 == "ABANDON" { abandoned[$3]++ }
$5 == "COMPLETEAGENT" || $5 == "COMPLETECALLER" { talk_s[$3] += $7 }
END { for (q in offered) print q, offered[q], answered[q], soon[q], abandoned[q], wait_s[q], talk_s[q] }

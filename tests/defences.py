"""Every defence of SECURITY.md, and how to switch it off: (where, the code that defends, what stands there without).

`benchmarks/mutations.py` switches each off once, in a copy, and sees the named test go red. test_pages.py holds that
each row of SECURITY.md has its entry and that each `code` still stands exactly once in its place, so no entry rots.
"""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Defence:
    """Code in one file of the package (a pattern such as `receive/*.py` finds it), its absence, the test that sees."""

    files: str
    code: str
    without: str
    test: str

    def places(self, root: Path = ROOT) -> list[Path]:
        """Give the file in which the code stands, once for each time it does: sound is a list of one."""
        paths = sorted((root / "mailbot").glob(self.files))
        return [path for path in paths for _ in range(path.read_text("utf-8").count(self.code))]


T = "understand/test_trust.py"
R = "understand/test_recognise.py"
DEFENCES: tuple[Defence, ...] = (
    Defence("understand/recognise.py", "if not _is_proven(who, seen):", "if not who:", f"{R}::test_forged_office"),
    Defence(
        "decide/finding.py",
        "return not is_same_person(named, booking.customer)",
        "return False",
        "decide/test_whose_reference.py::test_a_reference_that_somebody_else_names_changes_nothing",
    ),
    Defence(
        "understand/recognise.py",
        "if seen.mail is None or not tokens.is_addressed(seen.letter, seen.rules):",
        "if seen.mail is None:",
        f"{R}::test_an_ok_to_somebody_else",
    ),
    Defence(
        "understand/notices.py",
        "words.remove(own)",
        "pass",
        f"{R}::test_a_name_is_no_kind_of_notice",
    ),
    Defence(
        "understand/trust.py",
        "if checked.authserv_id == trust.authserv_id.lower() or",
        "if checked or",
        f"{T}::test_results",
    ),
    Defence(
        "understand/trust.py",
        "(trust.without_id and not checked.authserv_id)",
        "(not checked.authserv_id)",
        "test_trust_story.py::test_a_header_without_id",
    ),
    Defence(
        "understand/trust.py",
        'all(v.result == "pass" and _domain(v.get("header.from")) == domain for v in verdicts)',
        'all(v.result == "pass" for v in verdicts)',
        f"{T}::test_a_domain_in_two_spellings",
    ),
    Defence(
        "understand/trust.py",
        'return result.result == "pass" and bool(signer) and (signer == domain or is_parent)',
        'return result.result == "pass" or is_parent',
        "test_trust_story.py::test_each_person_its_own_proof",
    ),
    Defence(
        "receive/headers.py",
        'frozenset({"authentication-results"})',
        "frozenset()",
        "receive/test_headers.py::test_a_verdict_is_never_decoded",
    ),
    Defence(
        "receive/headers.py",
        "if is_address and _is_glued(run):",
        "if is_address and not run:",
        "receive/test_headers.py::test_a_piece_of_an_address_is_never_decoded",
    ),
    Defence(
        "understand/trust.py",
        "named = _NAMED.fullmatch(value)",
        "named = _NAMED.search(value)",
        f"{T}::test_irregular_from",
    ),
    Defence(
        "understand/trust.py",
        'if len(froms) != 1 or froms[0][0].lower() != "from":',
        "if not froms:",
        f"{T}::test_two_froms",
    ),
    Defence(
        "understand/trust.py",
        '_QUOTED.sub(" ", value)',
        "value",
        f"{T}::test_claims",
    ),
    Defence(
        "understand/trust.py",
        'return next((address for address in seen if _is_listed(address, rules)), "")',
        'return ""',
        f"{R}::test_display_name_trick",
    ),
    Defence(
        "understand/tokens.py",
        "    if direct:\n",
        "    if any(books.mail_by_token(token) for token in direct):\n",
        f"{R}::test_unknown_token",
    ),
    Defence("understand/recognise.py", "if seen.mail.role is not who.role:", "if not who:", f"{R}::test_wrong_role"),
    Defence(
        "understand/recognise.py",
        "return seen.mail is not None and seen.mail.role is who.role and seen.mail.person == who.key",
        "return seen.mail is not None",
        f"{R}::test_trust_token_of_another",
    ),
    Defence(
        "guesses.py",
        "tokens.is_guess(head, books, flow.rules)",
        "not head",
        "test_guesses.py::test_whoever_guesses_is_counted_once",
    ),
    Defence("guesses.py", "if of_day >= MANY:", "if not of_day:", "test_guesses.py::test_many_in_a_day_are_told_once"),
    Defence(
        "understand/recognise.py",
        "if seen.sender not in known:",
        "if not known:",
        f"{R}::test_a_customer_s_token_in_other_hands",
    ),
    Defence(
        "understand/recognise.py",
        "return (NOBODY, _unproven(seen)) if seen.claimed or seen.mail else None",
        "return (NOBODY, _unproven(seen)) if seen.claimed else None",
        f"{R}::test_review_forwarded",
    ),
    Defence(
        "decide/conditions.py",
        "if case.event.round == case.booking.round:",
        "if case.booking.round:",
        "test_defences.py::test_the_old_review_of_a_moved_booking_is_closed",
    ),
    Defence(
        "understand/recognise.py",
        "if seen.sender and trust.is_proven(seen.letter, seen.rules.trust.require, seen.rules):",
        "if seen.sender:",
        "test_accepting.py::test_a_forged_notice_yields_no_code_by_phone",
    ),
    Defence(
        "understand/trust.py",
        "return found.dmarc or found.dkim",
        "return True",
        "test_trust_story.py::test_a_source_always_needs_proof",
    ),
    Defence(
        "decide/supplying.py",
        "number = 1 if event.number is None and len(keys) == 1 else event.number",
        "number = event.number or 1",
        "test_accepting.py::test_a_doubtful_number",
    ),
    Defence(
        "understand/recognise.py",
        "if _is_own_mail(head, books, rules):",
        "if not head:",
        "understand/test_is_ours.py::test_is_ours",
    ),
    Defence(
        "send/plain.py",
        "return [(QUOTE_MARK + line).rstrip() for line in lines]",
        "return lines",
        "send/test_plain.py::test_hostile_text_never_becomes_an_answer",
    ),
    Defence(
        "send/plain.py",
        "return QUOTE_MARK + line if self.is_like_an_answer(line) else line",
        "return line",
        "send/test_plain.py::test_our_own_reader_takes_no_line_of_ours_for_an_answer",
    ),
    Defence(
        "understand/replies.py",
        "return Doubted(first.matter, first.round, why=Doubt.TEXT_AND_HTML, said=spoken)",
        "return first",
        "understand/test_answers.py::test_text_and_html",
    ),
    Defence(
        "understand/phrases.py",
        "return _COURTESY.fullmatch(low) is not None and not hedges(low) and",
        "return not low.isdigit() and",
        "understand/test_answers.py::test_doubts",
    ),
    Defence(
        "decide/orders.py",
        "bare = replace(booking, door_code=None, price=None,",
        "bare = replace(booking, price=None,",
        "decide/test_orders.py::test_only_the_customers_code_mail_carries_a_code",
    ),
    Defence(
        "decide/codes.py",
        "if code not in used and not is_pattern(code) and",
        "if",
        "decide/test_codes.py::test_a_generated_season_is_whole_and_hard_to_guess",
    ),
    Defence(
        "send/mime.py",
        "return text if is_plain else _encoded(text, used)",
        "return text",
        "send/test_compose.py::test_a_hostile_name_stays_a_name",
    ),
    Defence(
        "send/mime.py",
        "sound = [i for i in dict.fromkeys(ids) if _MESSAGE_ID.fullmatch(i)]",
        "sound = list(dict.fromkeys(ids))",
        "test_trust_story.py::test_a_hostile_message_id",
    ),
    Defence(
        "send/language.py",
        'return value if value and re.fullmatch(r"https?://[!#-;=?-~]{1,900}", value) else ""',
        'return value or ""',
        "send/test_templates.py::test_links_lead_only_where_they_say",
    ),
    Defence(
        "send/plain.py",
        'return "" if _ADVERT.search(_DOTTED.sub(" ", unicodedata.normalize("NFKC", line))) else line',
        "return line",
        "send/test_plain.py::test_an_advertisement_is_no_name",
    ),
    Defence(
        "receive/parts.py",
        "MAX_PARTS, MAX_DEPTH, MAX_TEXT = 300, 30, 500_000",
        "MAX_PARTS, MAX_DEPTH, MAX_TEXT = 30_000, 3_000, 500_000",
        "receive/test_parse_hostile.py::test_hostile_letters_are_bounded",
    ),
    Defence(
        "looking.py",
        "return head.size <= rules.mailbox.max_letter or",
        "return True or",
        "test_hostile_pass.py::test_a_stranger_s_large_letter_stays",
    ),
    Defence(
        "understand/bounces.py",
        "return _DAEMON.search(sender(letter) or letter",
        "return _DAEMON.search(letter",
        f"{R}::test_who_is_called_postmaster",
    ),
    Defence(
        "understand/replies.py",
        'return found or [quotes.words("")]',
        "return found",
        "test_hostile_pass.py::test_no_shape_stops_a_pass",
    ),
    Defence(
        "looking.py",
        "if head.size > limit:",
        "if not limit:",
        "test_hostile_pass.py::test_a_letter_too_large_is_parked_unread",
    ),
    Defence(
        "receive/parts.py",
        "elif _is_file(part, kind, depth):",
        "elif not kind:",
        "test_attachments.py::test_nothing_in_a_file_is_read",
    ),
    Defence(
        "decide/orders.py",
        "return ROBOT.fullmatch(local) is None and",
        "return",
        "test_hostile_mail.py::test_nothing_is_sent_to_a_robot",
    ),
    Defence(
        "decide/brake.py",
        "return _lately(books, matter, address, given, kinds) >= MOST",
        "return False",
        "decide/test_refusals.py::test_two_robots_stop_after_three_answers_an_hour",
    ),
    Defence(
        "decide/suspicions.py",
        "sorted(waiting, key=lambda letter: letter.notice is None)",
        "list(waiting)",
        "decide/test_waiting_letters.py::test_a_flood_of_forged_letters_is_counted_and_delays_no_notice",
    ),
    Defence(
        "decide/occupancy.py",
        "return None if so_far >= STRANGERS_AN_HOUR else",
        "return",
        "decide/test_occupancy.py::test_strangers_together_get_thirty_answers_an_hour",
    ),
    Defence(
        "decide/talking.py",
        "if not is_answer and _is_crowd(case, event) and",
        "if not is_answer and not by and",
        "decide/test_many_messages.py::test_the_eleventh_message_of_an_hour_is_put_aside",
    ),
    Defence(
        "send/smtp.py",
        "await client.starttls(timeout=self._patience.connect)",
        "pass",
        "send/test_smtp.py::test_tls_fails_closed",
    ),
    Defence(
        "receive/*.py",
        "context = ssl.create_default_context() if",
        "context = ssl._create_unverified_context() if",
        "receive/test_mailbox.py::test_certificates_are_checked",
    ),
    Defence(
        "send/smtp.py",
        "found = _MESSAGE_ID.search(raw, 0, 20_000)",
        "found = None",
        "send/test_smtp.py::test_message_id_stands_in_no_answer",
    ),
    Defence(
        "record/durable.py",
        "fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)",
        "fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)",
        "record/test_ledger.py::test_everything_is_private",
    ),
    Defence(
        "understand/recognise.py",
        "return NOBODY, _unproven(seen, with_notice=True)",
        "return Actor(Role.SOURCE, source.key, seen.sender), notices.announced(seen.letter, source, seen.rules)",
        "test_mutated_letters.py::test_broken_letters_do_nothing",
    ),
    Defence(
        "decide/codes.py",
        'return [f"unknown resource, expected',
        'return [f"unknown resource {key}, expected',
        "decide/test_codes.py::test_a_bad_line_is_told_without_its_code",
    ),
    Defence(
        "record/durable.py",
        "            raise\n        sync_folder(path.parent)",
        "            raise",
        "record/test_crash.py::test_crash_at_each_step",
    ),
    Defence(
        "receive/connection.py",
        'text = text.replace(hidden, "…")',
        "pass",
        "test_oauth.py::test_73_a_refused_log_in_asks_for_a_fresh_token",
    ),
    Defence(
        "daemon.py",
        "self.rules.mailbox.poll_every.total_seconds(), self.alarm_clock",
        "self.alarm_clock",
        "test_mailbox_attacks.py::test_mail_is_found_whatever_became_of_the_connection",
    ),
    Defence(
        "receive/connection.py",
        "socket.socket.shutdown(one, socket.SHUT_RDWR)",
        "pass",
        "receive/test_mailbox_faults.py::test_72_a_server_that_never_ends_its_answer_is_hung_up_on",
    ),
    Defence(
        "receive/filing.py",
        "self._client.uid_expunge(uids)",
        "self._client.expunge()",
        "test_mailbox_attacks.py::test_a_server_that_can_do_less",
    ),
    Defence(
        "looking.py",
        "if some and (len(some) == SLICE or size + own > SLICE_BYTES):",
        "if len(some) == SLICE:",
        "test_looking.py::test_slices_are_cut_by_number_and_by_size",
    ),
    Defence(
        "decide/mending.py",
        'return Decision(mails=told(books, row, detail, given), notes=note, outcome="mail failed")',
        'return Decision(notes=note, outcome="mail failed")',
        "smtp/test_phases.py::test_a_refused_code_mail_is_an_alarm",
    ),
    Defence(
        "daemon.py",
        'if edge == "alarm" or (edge == "post" and',
        'if edge == "alarm" or (not edge and',
        "smtp/test_second_way.py::test_88_tls_fails_closed_and_is_an_alarm",
    ),
    Defence(
        "daemon.py",
        'if edge == "alarm" or (edge == "post" and',
        'if (edge == "post" and',
        "smtp/test_second_way.py::test_95_a_full_disk_is_told_without_books",
    ),
    Defence(
        "record/storage.py",
        "if not is_whole or hashlib.sha256(body).hexdigest().encode() != raw[_DIGITS]:",
        "if not is_whole:",
        "test_keeping.py::test_a_damaged_ledger_and_a_backup_give_the_same_bookings",
    ),
    Defence(
        "keeping.py",
        "if mail.id not in heard:",
        "if mail.id in heard:",
        "test_keeping.py::test_a_second_uncertain_try_is_told",
    ),
    Defence(
        "keeping.py",
        "*_higher(drawn.counters, books), ",
        "",
        "test_keeping.py::test_an_invoice_number_is_never_given_out_twice",
    ),
    Defence(
        "flow.py",
        "self.files.note_drawn(drawn)",
        "pass",
        "test_restored_numbers.py::test_any_one_of_them_knows_the_last_number",
    ),
    Defence(
        "record/ledger.py",
        "restoring.finish(data)",
        "pass",
        "record/test_backups.py::test_a_restore_may_die_at_every_step",
    ),
    Defence(
        "record/backups.py",
        "if stream is None or not (member.name in (HEAD, SUMS) or _NAMES.fullmatch(member.name)):",
        "if stream is None:",
        "test_keeping.py::test_no_name_leads_out_of_the_folder",
    ),
    # The wrong way round: files first, books a moment later.
    Defence(
        "record/backups.py",
        "                head = _copy_books(data, folder, zone, at)\n                _pack(data, folder,",
        "                old = folder / 'old'\n"
        "                shutil.copytree(data, old, ignore=shutil.ignore_patterns('.*', '*.sq*'), dirs_exist_ok=True)\n"
        "                time.sleep(0.2)\n"
        "                head = _copy_books(data, folder, zone, at)\n                _pack(old, folder,",
        "record/test_backups.py::test_a_backup_amid_commits_lacks_nothing",
    ),
    Defence(
        "erasing.py",
        'for value in ("1", "2"):',
        "for value in ():",
        "test_forgetting.py::test_a_person_is_erased_everywhere",
    ),
    Defence(
        "record/backups.py",
        "if known.erasures(data) == before:",
        "if head:",
        "record/test_backups.py::test_a_backup_that_met_an_erasure_is_made_again",
    ),
    Defence(
        "receive/filed.py",
        "if hashlib.sha256(raw).hexdigest() in digests]",
        "if raw]",
        "receive/test_filed.py::test_only_the_named_bytes_are_expunged_by_uid",
    ),
    Defence(
        "erasing.py",
        "flow.handle([Arrival(key, CLOCK, event)])",
        "pass",
        "test_retention.py::test_a_request_without_an_invoice_is_forgotten_in_time",
    ),
)

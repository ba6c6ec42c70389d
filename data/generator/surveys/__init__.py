"""Surveys and event log of the sample: their files, and the figures that must come out of them."""

from pathlib import Path
from random import Random
from typing import Any

from data.generator.surveys import engagement_truths, process_truths
from data.generator.surveys.checklist import checklist_deliveries, write_checklists
from data.generator.surveys.engagement import Headcounts, engagement_delivery, write_engagement
from data.generator.surveys.eventlog import eventlog_delivery, write_eventlog
from data.generator.surveys.questionnaire import questionnaire_delivery, write_questionnaire
from data.generator.surveys.records import counts, defects


def write(inbox: Path, headcounts: Headcounts, seed: int) -> dict[str, Any]:
    """Write the files to the inbox and return their truths.

    Args:
        inbox: Folder with a folder for each source.
        headcounts: (unit, sex) -> persons in post at the end of the engagement survey's fieldwork.
        seed: Where all chance comes from.
    """
    engagement = engagement_delivery(headcounts, Random(seed + 1))
    questionnaire = questionnaire_delivery(Random(seed + 2))
    log = eventlog_delivery(Random(seed + 3))
    checklists = checklist_deliveries(Random(seed + 4))
    write_engagement(engagement, inbox)
    write_questionnaire(questionnaire, inbox)
    write_eventlog(log, inbox)
    write_checklists(checklists, inbox)
    files = (engagement, questionnaire, log, *checklists)
    return {
        "files": {f"{file.source}/{file.file}": counts(file) for file in files},
        "defects": [defect for file in files for defect in defects(file)],
        "survey": {"engagement": engagement_truths.engagement_rows(engagement.landed(), headcounts)},
        "bpr": {
            "log": process_truths.log_rows(log.landed()),
            "survey": process_truths.survey_rows(questionnaire.landed(), questionnaire.landed("step")),
        },
    }

"""The API of a vendor package: everything that a vendor builds its `VENDOR` from.

The names come from `model` (`Vendor`, `Era`, `JobKind`, `Operation`, `Call`), `answer` (`Answer`, its changes and the
store), `cancel` (the rows of a cancel table), `http` (`RequestError`) and `sources` (`Source`). See
docs/add-a-vendor.md.

The last block keeps the names of earlier versions for one release. Renamed *fields* have no alias: CHANGELOG.md
lists them.
"""

from mockserver.vendors.answer import (
    Answer,
    AppendInput,
    ConsumeLimit,
    CreateJob,
    JobFactory,
    JobFilter,
    StoreChange,
    StoreView,
)
from mockserver.vendors.bodies import BodyFormat, BodyPolicy, FormFields
from mockserver.vendors.cancel import Accept, AlreadyCancelled, CancelDecision, Delete, Refuse, SpecCondition
from mockserver.vendors.http import RequestError
from mockserver.vendors.model import (
    FOREVER,
    Call,
    DescribedAnswers,
    Era,
    JobKind,
    LedgerEntry,
    Operation,
    OperationHandler,
    Role,
    SdkVariable,
    Vendor,
    build_timeline,
    no_ledger,
)
from mockserver.vendors.script import Script
from mockserver.vendors.sources import DOCUMENTED, INFERRED, Source, VendorRule

__all__ = [
    "DOCUMENTED", "FOREVER", "INFERRED", "Accept", "AlreadyCancelled", "Answer", "Append", "AppendInput",
    "Body", "BodyFormat", "BodyPolicy", "Call", "CancelDecision", "Change", "ConsumeLimit", "Create",
    "CreateJob", "Delete", "DescribedAnswers", "Era", "FormFields", "Handler", "JobFactory", "JobFilter",
    "JobKind", "Kind", "LedgerEntry", "Operation", "OperationHandler", "Plans", "Refuse", "Repeat",
    "RequestError", "Role", "Script", "SdkVariable", "Source", "SpecCondition", "Spend", "StoreChange",
    "StoreView", "Trouble", "Vendor", "VendorRule", "Verdict", "View", "build_timeline", "no_ledger", "steps",
]  # fmt: skip

# Names of earlier versions, for one release.
Append = AppendInput
Body = BodyPolicy
Change = StoreChange
Create = CreateJob
Handler = OperationHandler
Kind = JobKind
Plans = JobFactory
Repeat = AlreadyCancelled
Spend = ConsumeLimit
Trouble = RequestError
Verdict = CancelDecision
View = StoreView
steps = build_timeline

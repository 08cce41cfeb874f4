"""[instruments] of method.toml: a section for each instrument that has settings, each declared in its own module."""

from __future__ import annotations

from pydantic import Field

from ipvb_bridge.core.instruments.comparison_settings import Comparison
from ipvb_bridge.core.instruments.conversations_settings import Conversations
from ipvb_bridge.core.instruments.kopi_settings import Kopi
from ipvb_bridge.core.instruments.operations_settings import Operations
from ipvb_bridge.core.instruments.price_change_settings import PriceChange
from ipvb_bridge.core.instruments.private_offer_settings import PrivateOffer
from ipvb_bridge.core.instruments.proforma_settings import Proforma
from ipvb_bridge.core.instruments.quality_plan_settings import QualityPlan
from ipvb_bridge.core.instruments.region_settings import Region
from ipvb_bridge.core.instruments.reindication_settings import Reindication
from ipvb_bridge.core.instruments.satisfaction_settings import Satisfaction
from ipvb_bridge.core.instruments.scenarios_settings import Scenario
from ipvb_bridge.core.instruments.section import Section
from ipvb_bridge.core.instruments.staffing_settings import StaffingIndicators
from ipvb_bridge.core.instruments.supplements_settings import Supplements
from ipvb_bridge.core.instruments.virtual_budget_settings import VirtualBudget
from ipvb_bridge.core.instruments.yearly_budget_settings import YearlyBudget

__all__ = ["Instruments", "Section"]


class Instruments(Section):
    """[instruments]: they move no result of the calculation, so changing them needs no new one."""

    kopi: Kopi = Kopi()
    scenarios: dict[str, Scenario] = Field(default_factory=dict)
    price_change: PriceChange = PriceChange()
    satisfaction: Satisfaction = Satisfaction()
    region: Region = Region()
    reindication: Reindication = Reindication()
    conversations: Conversations = Conversations()
    private_offer: PrivateOffer = PrivateOffer()
    comparison: Comparison | None = None
    supplements: Supplements = Supplements()
    virtual_budget: VirtualBudget = VirtualBudget()
    proforma: Proforma = Proforma()
    staffing_indicators: StaffingIndicators = StaffingIndicators()
    yearly_budget: YearlyBudget = YearlyBudget()
    operations: Operations = Operations()
    quality_plan: QualityPlan = QualityPlan()
